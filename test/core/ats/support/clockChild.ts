import { createAtsClient } from '../../../../src/core/ats/client';
import { createAtsWatcher } from '../../../../src/core/ats/watcher';
import { bob } from './actors';
import { quick } from './watching';

/** Follows a service in a process of its own, whose clock the test moves; one JSON a line. */
const url = process.argv[2] ?? '';
const say = (line: unknown): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

createAtsWatcher(
  {
    client: createAtsClient({ url, actor: bob }),
    url,
    actor: bob,
    channels: ['p2p-transfer'],
    taskTypes: ['file_offer'],
    ...quick,
    // Generous, since a child on a busy machine may be late without being deaf.
    pingIntervalMs: 1000,
    pongTimeoutMs: 5000,
  },
  {
    onEvent: ({ type, task }) => {
      say({ told: `${type} ${String(task.id)}`, clock: Date.now() });
    },
    onState: ({ kind }) => {
      say({ state: kind, clock: Date.now() });
    },
  },
).start();
