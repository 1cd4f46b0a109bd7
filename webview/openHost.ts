import { editorCarrier } from './editorCarrier';
import { hostOver, type EventMapOf, type Host, type RequestMapOf } from './host';
import { socketCarrier } from './socketCarrier';

/**
 * Finds out where this page is, and connects it: in a panel the editor's function is there, in a
 * browser it is not. @throws HostError when nobody answers
 */
export async function openHost<
  Requests extends RequestMapOf<Requests>,
  Events extends EventMapOf<Events>,
>(): Promise<Host<Requests, Events>> {
  return hostOver<Requests, Events>(isInEditor() ? editorCarrier() : await socketCarrier());
}

export function isInEditor(): boolean {
  return typeof (globalThis as Partial<WebviewGlobals>).acquireVsCodeApi === 'function';
}

interface WebviewGlobals {
  acquireVsCodeApi: typeof acquireVsCodeApi;
}
