import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import type { CliProcess, CliSandbox } from '../support/runCli';
import type { RunningHub } from '../support/withHub';
import { withInput, type TalkingProcess } from './withInput';

export interface Talkers {
  /** The flags of a home of this name; no server outside of this machine is asked for anything. */
  readonly as: (name: string) => string[];
  /** Pairs alice and bob, whose homes are these. */
  readonly pair: () => Promise<void>;
  /** `beeline chat --json` with this agent. */
  readonly chat: (name: string, other: string, ...more: string[]) => TalkingProcess;
  /** Any command with a standard input. */
  readonly talk: (...args: string[]) => TalkingProcess;
  readonly line: (text: string, more?: object) => string;
}

/** Two paired agents whose programs talk. */
export function withTalkers(hub: RunningHub, cli: CliSandbox): Talkers {
  const talk = withInput(cli);
  beforeEach(async () => {
    await writeFile(cli.path('ice.json'), '[]');
  });
  const as = (name: string): string[] => [
    ...['--actor-id', name, '--ats-url', hub.url, '--home', `home-${name}`],
    ...['--ice-servers', 'ice.json'],
  ];
  return {
    as,
    talk,
    async pair() {
      const alice = cli.start(['pair', '--json', '--yes', ...as('alice')]);
      const code = String((await alice.line('invite'))['code']);
      const bob = cli.start(['pair', code, '--json', '--yes', ...as('bob')]);
      assert.equal(await alice.end(), 0, alice.stdout + alice.stderr);
      assert.equal(await bob.end(), 0, bob.stdout + bob.stderr);
    },
    chat: (name, other, ...more) => talk('chat', other, '--json', ...more, ...as(name)),
    line: (text, more = {}) => JSON.stringify({ type: 'text', text, ...more }),
  };
}

/** What the agent said, in order. */
export function textsOf(one: CliProcess): unknown[] {
  return one.lines.filter(({ event }) => event === 'text').map((line) => line['text']);
}
