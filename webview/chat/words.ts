import type { PageChat, PageMessage } from '../../src/bridge/chatPage';

/** How messages travel just now; where there is no way, the reason takes the place of one. */
export function wayOf({ path, trouble }: PageChat): PageChat['path']['kind'] | 'trouble' {
  const isUp = path.kind === 'direct' || path.kind === 'relayed';
  return !isUp && trouble !== undefined ? 'trouble' : path.kind;
}

/** The same in words. */
export function pathWords(chat: PageChat): string {
  const { agentName, waiting, trouble = '' } = chat;
  switch (wayOf(chat)) {
    case 'trouble':
      return trouble;
    case 'offline':
      return waiting === 0
        ? `offline: what you write will be sent when ${agentName} is back`
        : `offline: will be sent when ${agentName} is back`;
    case 'connecting':
      return 'connecting…';
    case 'direct':
      return 'direct';
    case 'relayed':
      return 'relayed (end-to-end encrypted)';
  }
}

/** The long form, for whoever wants to know which way that is. */
export function pathDetail(chat: PageChat): string {
  const { path, agentName } = chat;
  if (wayOf(chat) === 'trouble') return 'Messages wait on this machine.';
  switch (path.kind) {
    case 'offline':
      return `${agentName} cannot be reached just now. Messages wait on this machine.`;
    case 'connecting':
      return `Looking for a way to ${agentName}.`;
    case 'direct':
      return path.over === 'peer'
        ? 'Machine to machine, over a WebRTC data channel, end-to-end encrypted.'
        : 'Machine to machine, over the direct link, end-to-end encrypted.';
    case 'relayed':
      return `${RELAYS[path.over]}, which passes on what only the two of you can read.`;
  }
}

const RELAYS = {
  turn: 'Through a TURN server',
  link: 'Through a relay',
  service: 'Through the task service',
} as const;

/** What became of an own message. */
export const STATE_WORDS: Record<PageMessage['state'], string> = {
  waiting: 'waiting',
  sent: 'sent',
  delivered: 'delivered',
  read: 'read',
  received: '',
  seen: '',
};

export function dayWords(at: Date, now: Date): string {
  const days = Math.round((midnight(now) - midnight(at)) / DAY);
  if (days === 0) return 'Today';
  if (days === 1) return 'Yesterday';
  return at.toLocaleDateString(undefined, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    ...(at.getFullYear() === now.getFullYear() ? {} : { year: 'numeric' }),
  });
}

const DAY = 24 * 60 * 60_000;

function midnight(at: Date): number {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
}

export function timeWords(at: Date): string {
  return at.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
}

/** One line of a message: for search results, labels and the live region. */
export function shortWords({ body }: PageMessage, length = 120): string {
  const text =
    body.kind === 'text' ? body.text : body.kind === 'code' ? `Code: ${body.path}` : 'A transfer';
  const line = text.replace(/\s+/gu, ' ').trim();
  return line.length <= length ? line : `${line.slice(0, length - 1)}…`;
}
