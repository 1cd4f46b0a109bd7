import type { Call } from '../../../src/core/callEvents';
import type { Chat, ChatMessage } from '../../../src/core/chatEvents';
import type {
  Agent,
  AgentRef,
  EngineSnapshot,
  IncomingOffer,
  Pairing,
  Grant,
  PairingCard,
  Transfer,
  TransferResult,
} from '../../../src/core/events';

export function anOffer(parts: Partial<IncomingOffer> = {}): IncomingOffer {
  return {
    transferId: '0'.repeat(32),
    taskId: 1,
    senderId: 'agent-b',
    fileName: 'report.pdf',
    safeName: 'report.pdf',
    kind: 'file',
    roots: 1,
    entries: 1,
    fileSize: 1_500_000,
    fileHash: 'a'.repeat(64),
    channel: 'p2p-transfer',
    trust: 'unverified',
    allowed: false,
    stranger: true,
    held: false,
    createdAt: '2025-01-01T00:00:00Z',
    ...parts,
  };
}

export function aTransfer(parts: Partial<Transfer> = {}): Transfer {
  return {
    transferId: '1'.repeat(32),
    direction: 'send',
    peerId: 'agent-b',
    fileName: 'report.pdf',
    kind: 'file',
    roots: 1,
    entries: 1,
    fileSize: 1000,
    channel: 'p2p-transfer',
    startedAt: '2025-01-01T00:00:00Z',
    state: { kind: 'waiting', expiresAt: '2025-01-02T00:00:00Z' },
    ...parts,
  };
}

export const states = {
  transferring: (bytes: number, total = 1000, rate = 100): Transfer['state'] => ({
    kind: 'transferring',
    progress: { bytes, total, rate, timeLeft: ((total - bytes) / rate) * 1000 },
  }),
  completed: (path?: string, result: Partial<TransferResult> = {}): Transfer['state'] => ({
    kind: 'completed',
    result: {
      bytes: 1000,
      sha256: 'b'.repeat(64),
      durationMs: 10,
      audit: 'confirmed',
      peerKey: 'matched',
      ...(path !== undefined && { path }),
      ...result,
    },
  }),
  interrupted: (message = 'Why.'): Transfer['state'] => ({
    kind: 'interrupted',
    error: { code: 'AGENT_OFFLINE', message },
    resumes: 'agent',
  }),
  stopped: (message = 'Why.'): Transfer['state'] => ({
    kind: 'interrupted',
    error: { code: 'DISK_FULL', message },
    resumes: 'person',
  }),
  failed: (
    code: Extract<Transfer['state'], { kind: 'failed' }>['error']['code'],
    message = 'Why.',
  ): Transfer['state'] => ({ kind: 'failed', error: { code, message } }),
};

export function aSnapshot(parts: Partial<EngineSnapshot> = {}): EngineSnapshot {
  return {
    service: { kind: 'online', via: 'socket' },
    self: { kind: 'ready', kid: 'f'.repeat(64), fingerprint: '11111 22222 33333' },
    agents: [],
    pairings: [],
    offers: [],
    transfers: [],
    grants: [],
    chats: [],
    calls: [],
    blocked: [],
    ...parts,
  };
}

export function aRef(parts: Partial<AgentRef> = {}): AgentRef {
  return { kid: 'b'.repeat(64), name: 'Bea', fingerprint: '12345 67890 12345', ...parts };
}

export function anAgent(parts: Partial<Agent> = {}): Agent {
  return {
    ...aRef(),
    actorId: 'agent-b',
    origin: 'https://hub.example.org',
    pairedAt: '2025-01-01T12:00:00Z',
    allowed: false,
    blocked: false,
    presence: { kind: 'offline' },
    ...parts,
  };
}

export function aChat(parts: Partial<Chat> = {}): Chat {
  return {
    agent: aRef(),
    path: { kind: 'direct', over: 'peer' },
    isTyping: false,
    unread: 0,
    waiting: 0,
    ...parts,
  };
}

export function aMessage(parts: Partial<ChatMessage> = {}): ChatMessage {
  return {
    messageId: '4'.repeat(32),
    kid: aRef().kid,
    from: 'agent',
    at: '2025-01-01T12:00:00Z',
    body: { kind: 'text', text: 'Hello.' },
    state: 'received',
    ...parts,
  };
}

export function aCall(parts: Partial<Call> = {}): Call {
  return {
    callId: '5'.repeat(32),
    agent: aRef(),
    direction: 'in',
    state: { kind: 'ringing', expiresAt: '2025-01-01T12:00:45Z' },
    media: { video: false },
    startedAt: '2025-01-01T12:00:00Z',
    hasPeer: false,
    ...parts,
  };
}

export function aCard(parts: Partial<PairingCard> = {}): PairingCard {
  const { kid, name, fingerprint, actorId, origin } = anAgent();
  return { kid, name, fingerprint, actorId, origin, known: false, ...parts };
}

export function aPairing(state: Pairing['state'], parts: Partial<Pairing> = {}): Pairing {
  return { pairingId: '2'.repeat(32), role: 'inviter', state, ...parts };
}

/** A folder that arrived or is on its way. */
export const folderParts = { fileName: 'proj', kind: 'folder', entries: 13 } as const;
export const severalParts = { fileName: 'a.txt', kind: 'several', roots: 3, entries: 14 } as const;

export function aGrant(parts: Partial<Grant> = {}): Grant {
  return {
    grantId: '3'.repeat(32),
    agent: aRef(),
    name: 'proj',
    path: '/save/proj',
    mayDelete: false,
    since: '2025-01-01T12:00:00Z',
    ...parts,
  };
}

/** Everything that a peer's words could try on a screen. */
export const HOSTILE =
  '[Accept](command:evil "y") ![x](https://evil.example/a.png) $(verified) <b>x</b> `c` **b** ' +
  'https://evil.example www.evil.example me@evil.example \u202e\n\n# h';
