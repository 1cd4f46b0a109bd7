import type { CallPageAbility } from '../../src/bridge/callPage';

/** `featurePolicy` is Chromium's name of it; the standard's is `permissionsPolicy`. */
interface PolicyDocument {
  readonly featurePolicy?: { allowsFeature(feature: string): boolean };
  readonly permissionsPolicy?: { allowsFeature(feature: string): boolean };
}

/**
 * What this document may capture, asked of the document itself: an editor's panel mostly may not,
 * a page in the browser may, and where neither can be asked, only a page that is no frame.
 */
export function pageAbility(): CallPageAbility {
  // Absent where the address is not secure, whatever its types say.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (devices === undefined) return { camera: false, microphone: false, screen: false };
  const { permissionsPolicy, featurePolicy } = document as PolicyDocument;
  const policy = permissionsPolicy ?? featurePolicy;
  const allows = (feature: string): boolean =>
    policy === undefined ? window.top === window : policy.allowsFeature(feature);
  return {
    camera: allows('camera'),
    microphone: allows('microphone'),
    screen: allows('display-capture') && typeof devices.getDisplayMedia === 'function',
  };
}
