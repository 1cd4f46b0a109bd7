import type { Identity } from '../../../identity/identity';
import type { SessionAgreement, SessionUse } from '../../../identity/sessionKeys';
import { FAST_PACE, SealedStream, SLOW_PACE } from '../../../session/sealedStream';
import type { SessionStreams } from './session';

export interface StreamHooks {
  carry(use: SessionUse, frames: readonly Buffer[]): void;
  carryAgain(use: SessionUse, frames: readonly Buffer[], isLate: boolean): void;
  /** The task's messages are the only way just now. */
  isSlow(): boolean;
  onConfirm(): void;
  onSignal(payload: object): void;
  onChat(payload: object): void;
}

/** Both uses of one session, from what the two agreed on. @throws PROOF_REFUSED */
export function openStreams(
  identity: Identity,
  agreement: SessionAgreement,
  sessionId: string,
  hooks: StreamHooks,
): SessionStreams {
  const { send, receive } = identity.sessionKeys(agreement);
  const stream = (use: SessionUse, onPayload: (payload: object) => void): SealedStream =>
    new SealedStream({
      keys: { send: send[use], receive: receive[use] },
      sessionId,
      side: agreement.side,
      use,
      pace: () => (hooks.isSlow() ? SLOW_PACE : FAST_PACE),
      hooks: {
        carry: (frames) => {
          hooks.carry(use, frames);
        },
        resend: (frames, isLate) => {
          hooks.carryAgain(use, frames, isLate);
        },
        onPayload,
        onConfirm: () => {
          hooks.onConfirm();
        },
      },
    });
  return {
    signal: stream('signal', (payload) => {
      hooks.onSignal(payload);
    }),
    chat: stream('chat', (payload) => {
      hooks.onChat(payload);
    }),
  };
}
