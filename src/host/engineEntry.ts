/**
 * The second bundle of the extension, `dist/engine.js`: everything that brings the network stack.
 * It is loaded when the engine is first needed, so that activation does not pay for parsing it.
 */
export { openEngine } from '../service/openEngine';
export { loadAtsConfiguration } from '../core/ats/configuration';
export { openCallPage } from '../pages/callPageServer';
