import type { Actor } from '../../../../src/core/ats/types';

export const bob: Actor = { type: 'agent', id: 'bob', name: 'Bob' };
