import type { Identity } from '../../../identity/identity';
import { makeEphemeral } from '../../../identity/sessionKeys';
import {
  MAX_REQUEST_LIFE_MS,
  signSessionRequest,
  type SessionKind,
  type VerifiedRequest,
} from '../../../identity/sessionMessages';
import type { SignedMessage } from '../../../identity/signedMessage';
import { newId } from '../../../newId';
import type { PairedAgent } from '../roster';
import type { Session } from './session';

export interface SessionWish {
  readonly kind: SessionKind;
  readonly agent: PairedAgent;
  readonly id?: string;
  readonly video?: boolean;
}

/** A session that we ask for, with its request as it was signed. */
export function sessionToAsk(
  identity: Identity,
  { kind, agent, id = newId(), video = false }: SessionWish,
): { readonly session: Session; readonly said: SignedMessage } {
  const ephemeral = makeEphemeral();
  const startedAt = Date.now();
  const expiresAt = new Date(startedAt + MAX_REQUEST_LIFE_MS).toISOString();
  const said = signSessionRequest({
    identity,
    keys: agent.keys,
    recipientKid: agent.entry.kid,
    id,
    createdAt: new Date(startedAt).toISOString(),
    expiresAt,
    kind,
    publicKey: ephemeral.publicKey,
    video,
  });
  const session: Session = {
    ...{ id, kind, agent, expiresAt, video, startedAt, said },
    side: 'caller',
    request: Buffer.from(said.signed, 'base64url'),
    thread: undefined,
    openedAt: undefined,
    path: 'relay',
    state: { kind: 'asking', ephemeral, isRefused: false },
  };
  return { session, said };
}

/** A session that we are asked for. */
export function sessionAsked(request: VerifiedRequest, agent: PairedAgent): Session {
  const { id, kind, expiresAt, video, publicKey } = request;
  return {
    ...{ id, kind, agent, expiresAt, video },
    side: 'callee',
    request: request.bytes,
    startedAt: Date.now(),
    thread: undefined,
    said: undefined,
    openedAt: undefined,
    path: 'relay',
    state: { kind: 'asked', publicKey },
  };
}
