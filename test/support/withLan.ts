import { spawnSync } from 'node:child_process';

export interface Lan {
  /** Starts a program on a machine of the network: `ip netns exec …`. */
  on(machine: Machine): readonly string[];
  /** The machine's only address beside loopback, in a range for private networks. */
  address(machine: Machine): string;
}

export type Machine = (typeof machines)[number];

const machines = ['hub', 'one', 'two'] as const;
const PREFIX = '192.168.77';

/**
 * Three machines on one private network, as network namespaces behind a bridge, for the tests of one
 * `describe`. The addresses exist only inside. Skips the tests where this cannot be had.
 */
export function withLan(): Lan {
  const bridge = `bee${String(process.pid)}`.slice(0, 15);
  const namespace = (machine: Machine): string => `${bridge}-${machine}`;
  const made: (() => void)[] = [];

  before(function () {
    const missing = whyNot();
    if (missing !== undefined) {
      console.log(`      skipped: ${missing}`);
      this.skip();
    }
    ip('link', 'add', bridge, 'type', 'bridge');
    made.push(() => {
      ip('link', 'del', bridge);
    });
    ip('link', 'set', bridge, 'up');
    machines.forEach((machine, index) => {
      const name = namespace(machine);
      const end = `v${String(process.pid)}${String(index)}`.slice(0, 15);
      ip('netns', 'add', name);
      made.push(() => {
        ip('netns', 'del', name);
      });
      ip('link', 'add', end, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
      ip('link', 'set', end, 'master', bridge, 'up');
      ip('-n', name, 'addr', 'add', `${PREFIX}.${String(index + 1)}/24`, 'dev', 'eth0');
      ip('-n', name, 'link', 'set', 'eth0', 'up');
      ip('-n', name, 'link', 'set', 'lo', 'up');
    });
  });

  after(() => {
    for (const remove of made.reverse()) remove();
  });

  return {
    on: (machine) => ['ip', 'netns', 'exec', namespace(machine)],
    address: (machine) => `${PREFIX}.${String(machines.indexOf(machine) + 1)}`,
  };
}

function whyNot(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are a part of Linux';
  if (process.getuid?.() !== 0) return 'only root can make network namespaces';
  const probe = `bee-probe-${String(process.pid)}`;
  const made = spawnSync('ip', ['netns', 'add', probe]);
  if (made.status !== 0) return 'this machine does not let network namespaces be made';
  ip('netns', 'del', probe);
  return undefined;
}

function ip(...args: string[]): void {
  const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`);
}
