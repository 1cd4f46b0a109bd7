import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { CLI, type CliProcess, type CliSandbox } from '../support/runCli';
import type { LabTurn, NatLab } from '../support/withNats';

export type Host = 'a' | 'b';

export interface LabTalkers {
  /** Pairs the agents of both hosts, whose programs use these ICE servers from then on. */
  pair(url: string, ice: readonly (LabTurn['stun'] | LabTurn['turn'])[]): Promise<void>;
  /** `beeline chat --json` with the agent of the other host. */
  chat(host: Host, ...more: readonly string[]): CliProcess;
  /** `beeline call --json`, the same way. */
  call(host: Host): CliProcess;
}

/** Two paired agents at the hosts of a lab, and the shipped program in their hands. */
export function withLabTalkers(lab: NatLab, cli: CliSandbox): LabTalkers {
  let atsUrl = '';
  const as = (host: Host): string[] => [
    ...['--actor-id', `agent-${host}`, '--ats-url', atsUrl, '--home', cli.path(`home-${host}`)],
    ...['--ice-servers', cli.path('ice.json')],
  ];
  const run = (host: Host, ...args: readonly string[]): CliProcess =>
    lab.exec(host, process.execPath, [CLI, ...args, '--json', ...as(host)], {
      HOME: cli.path(`person-${host}`),
    });
  const other = (host: Host): string => `agent-${host === 'a' ? 'b' : 'a'}`;
  return {
    async pair(url, ice) {
      atsUrl = url;
      await writeFile(cli.path('ice.json'), JSON.stringify(ice), { mode: 0o600 });
      const inviting = run('a', 'pair', '--yes');
      const { code } = await inviting.line('invite');
      const joining = run('b', 'pair', String(code), '--yes');
      assert.deepEqual(await Promise.all([inviting.end(), joining.end()]), [0, 0]);
    },
    chat: (host, ...more) => run(host, 'chat', other(host), ...more),
    call: (host) => run(host, 'call', other(host)),
  };
}

/** Writes messages to the input of a chat. */
export function say(chat: CliProcess, ...texts: readonly string[]): void {
  const lines = texts.map((text) => `${JSON.stringify({ type: 'text', text })}\n`);
  chat.child.stdin?.write(lines.join(''));
}

/** What was heard in a chat, in order. */
export function heard(chat: CliProcess): string[] {
  return chat.lines.filter(({ event }) => event === 'text').map(({ text }) => String(text));
}

/** Waits until a chat has heard so many messages. */
export async function hears(chat: CliProcess, count: number): Promise<void> {
  await chat.until(() => heard(chat).length >= count, `${String(count)} messages`);
}

/** The way that a chat said last that messages take, such as `direct peer`. */
export function wayOf(chat: CliProcess): string | undefined {
  const told = chat.lines.findLast(({ event }) => event === 'connected' || event === 'offline');
  return (
    told &&
    (told.event === 'offline' ? 'offline' : `${String(told['path'])} ${String(told['over'])}`)
  );
}

/** Waits until messages take one of these ways. */
export async function isOn(chat: CliProcess, ...ways: readonly string[]): Promise<void> {
  await chat.until(() => ways.includes(wayOf(chat) ?? ''), ways.join(' or '));
}
