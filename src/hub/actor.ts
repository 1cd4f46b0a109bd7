import type { Actor, ActorType } from '../core/ats/types';
import { refusals } from './refusal';

/** Characters of an id or a name; both are stored with everything the actor does. */
const MAX_LENGTH = 256;

const ACTOR_TYPES: readonly string[] = ['human', 'agent', 'system'] satisfies ActorType[];

/** What the hub does by itself, such as taking back a lease. */
export const HUB_ACTOR: Actor = { type: 'system', id: 'hub', name: 'Hub' };

/**
 * Who somebody says they are. Identity is a claim here, so nothing but its form is checked, and
 * who gives none is anonymous.
 */
export function readActor(
  type: string | undefined,
  id: string | undefined,
  name: string | undefined,
): Actor {
  const actorType = type === undefined || type === '' ? 'human' : type;
  if (!isActorType(actorType)) throw refusals.badActorType(actorType);
  const actorId = id === undefined || id === '' ? 'anonymous' : fromHeader(id);
  const actorName = name === undefined || name === '' ? actorId : fromHeader(name);
  if (actorId.length > MAX_LENGTH) throw refusals.longActor('id', MAX_LENGTH);
  if (actorName.length > MAX_LENGTH) throw refusals.longActor('name', MAX_LENGTH);
  return { type: actorType, id: actorId, name: actorName };
}

function isActorType(type: string): type is ActorType {
  return ACTOR_TYPES.includes(type);
}

/** Node reads header bytes as Latin-1; clients that write UTF-8 mean UTF-8. */
function fromHeader(value: string): string {
  if (!/[\x80-\xff]/.test(value) || /[^\0-\xff]/.test(value)) return value;
  const text = Buffer.from(value, 'latin1').toString('utf8');
  return text.includes('\ufffd') ? value : text;
}
