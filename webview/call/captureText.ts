import type { MediaLine } from '../peer/peerMedia';

const names = { audio: 'microphone', camera: 'camera', screen: 'screen' } as const;
const without = {
  audio: 'The call goes on, and you can listen.',
  camera: 'The call goes on with sound only.',
  screen: 'The call goes on without it.',
} as const;

/** Why something cannot be captured, and what to do; nothing when the person just changed their mind. */
export function captureTrouble(line: MediaLine, error: unknown): string | undefined {
  const name = names[line];
  switch (error instanceof Error ? error.name : '') {
    case 'NotAllowedError':
      if (line === 'screen') return undefined;
      return `The ${name} is not allowed for this page. Allow it beside the address, then turn it on again. ${without[line]}`;
    case 'NotFoundError':
    case 'OverconstrainedError':
      return `No ${name} was found. Connect one, then choose it in Devices. ${without[line]}`;
    case 'NotReadableError':
    case 'AbortError':
      return `The ${name} is in use by another program or does not answer. Close what uses it, or choose another in Devices. ${without[line]}`;
    default:
      return `The ${name} cannot be used here. ${without[line]}`;
  }
}

/** It was there, and is gone in the middle of the call. */
export function vanished(line: 'audio' | 'camera'): string {
  return `The ${names[line]} is gone: it was disconnected, or its permission was taken back. Choose another in Devices, or turn it on again. ${without[line]}`;
}
