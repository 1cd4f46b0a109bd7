import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { emptyDatabase } from './emptyDatabase';
import { CLI, CliProcess } from './runCli';

/** One that keeps ports can be punched through; a symmetric one gives each flow another port. */
export type NatKind = 'keepsPorts' | 'symmetric';

/**
 * `a` and `b` are hosts behind a router each, `na` and `nb`; `wan` is the network between the
 * routers, and whatever runs there has an address that is not translated.
 */
export type Place = (typeof places)[number];

export interface LabHub {
  readonly url: string;
  /** Its address on the wan. */
  readonly address: string;
  readonly bootstrap: readonly string[];
  /** Public key of its blind relay, 64 hex digits. */
  readonly relay: string;
  readonly process: CliProcess;
}

/** A STUN and TURN server, as RTCPeerConnection takes them. */
export interface LabTurn {
  readonly address: string;
  readonly stun: { readonly urls: readonly string[] };
  readonly turn: {
    readonly urls: readonly string[];
    readonly username: string;
    readonly credential: string;
  };
}

export interface NatLab {
  /** What starts a program at a place, for fixtures that take such a prefix: `withCli().start`. */
  on(place: Place): readonly string[];
  /** Starts a program at a place, its input a pipe. What still runs after a test is killed. */
  exec(
    place: Place,
    command: string,
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): CliProcess;
  /** Starts a TypeScript file at a place, given by its path from the root of the project. */
  script(place: Place, file: string, ...args: readonly string[]): CliProcess;
  /** Starts the shipped hub on the wan, and four DHT nodes on other addresses of its network. */
  hub(options?: { readonly token?: string; readonly nodes?: boolean }): Promise<LabHub>;
  /** Starts coturn on the wan, at an address of its own. Skips the test where it is not installed. */
  turn(test: Mocha.Context): Promise<LabTurn>;
  /** The address of the hub, or of whatever else runs at `wan`. */
  readonly wan: string;
  /** The address of a router, by which the other side knows the host behind it. */
  publicAddress(host: 'a' | 'b'): string;
  /** What the routers are from now on, for flows that begin now. Before each test: `keepsPorts`. */
  nats(kind: NatKind): void;
  /** The routers lose all flows, as when they are switched off and on, or are other ones. */
  forgetFlows(): void;
  /** A host gets another address on its private network, and loses the one it had. */
  readdress(host: 'a' | 'b'): void;
  /** Whether the routers drop UDP. Before each test they do not. */
  blockUdp(blocked: boolean): void;
  /** Counts, from now on, the packets that routers passed on and in which this text can be read. */
  watchFor(text: string): () => number;
  /** Counts, from now on, the bytes that routers passed on to and from an address of the wan. */
  bytesWith(address: string, protocol: 'udp' | 'tcp'): () => number;
}

const places = ['wan', 'na', 'nb', 'a', 'b'] as const;
const routers = ['na', 'nb'] as const;

/** HyperDHT passes over addresses that are reserved; these are not, and nothing leaves from here. */
const WAN = '100.128.7';
const HUB = `${WAN}.1`;
const TURN = `${WAN}.6`;
const NODES = [2, 3, 4, 5].map((host) => `${WAN}.${String(host)}`);
/** The last number of a host's first address on its private network. */
const FIRST = 2;
const ROUTER = { na: `${WAN}.11`, nb: `${WAN}.12` } as const;
const INSIDE = { na: '10.71.1', nb: '10.71.2' } as const;

/**
 * Two hosts behind a NAT each and a network between, as network namespaces, for the tests of one
 * `describe`. Nothing of it touches the machine's own network. Skips the tests where this cannot be
 * had.
 */
export function withNats(): NatLab {
  const lab = `bn${String(process.pid)}`;
  const namespace = (place: Place): string => `${lab}-${place}`;
  const running = new Set<CliProcess>();
  const folders: string[] = [];
  let counters = 0;
  /** The last number of each host's address. */
  const addressOf = { a: FIRST, b: FIRST };

  before(function () {
    const missing = whyNot();
    if (missing !== undefined) {
      console.log(`      skipped: ${missing}`);
      this.skip();
    }
    removeAbandoned();
    process.once('exit', remove);
    build(namespace);
  });

  beforeEach(() => {
    // By test and not once, because a test may have changed them.
    for (const router of routers) {
      iptables(router, '-t', 'mangle', '-F');
      iptables(router, '-F', 'COUNT');
    }
    api.nats('keepsPorts');
  });

  afterEach(async () => {
    for (const one of running) one.kill('SIGKILL');
    await Promise.all([...running].map((one) => one.exited));
    running.clear();
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
  });

  after(() => {
    process.off('exit', remove);
    remove();
  });

  function remove(): void {
    for (const place of places) spawnSync('ip', ['netns', 'del', namespace(place)]);
  }

  function iptables(router: 'na' | 'nb', ...args: string[]): string {
    // Waits for its lock: the two routers share one with everything on the machine.
    return run('ip', 'netns', 'exec', namespace(router), 'iptables', '--wait', '20', ...args);
  }

  /** Adds a rule that only counts, and gives what it has counted on both routers. */
  function counter(column: 'packets' | 'bytes', ...matches: readonly string[][]): () => number {
    counters += 1;
    const name = `counter-${String(counters)}`;
    for (const router of routers) {
      for (const match of matches) {
        iptables(router, '-A', 'COUNT', ...match, '-m', 'comment', '--comment', name);
      }
    }
    return () => {
      let sum = 0;
      for (const router of routers) {
        for (const line of iptables(router, '-nvxL', 'COUNT').split('\n')) {
          if (!line.includes(`/* ${name} */`)) continue;
          const [packets, bytes] = line.trim().split(/\s+/).map(Number);
          sum += (column === 'packets' ? packets : bytes) ?? 0;
        }
      }
      return sum;
    };
  }

  const api: NatLab = {
    on: (place) => ['ip', 'netns', 'exec', namespace(place)],
    exec(place, command, args, env = {}) {
      const inherited = Object.entries(process.env).filter(
        ([name]) => !/^(ATS|BEELINE)_/.test(name),
      );
      const [program = '', ...prefix] = this.on(place);
      const child = spawn(program, [...prefix, command, ...args], {
        env: { ...Object.fromEntries(inherited), ...env },
        stdio: 'pipe',
      });
      // Who ends early does not read what is still written.
      child.stdin.on('error', () => undefined);
      const one = new CliProcess(child, [command, ...args]);
      running.add(one);
      return one;
    },
    script: (place, file, ...args) =>
      api.exec(place, process.execPath, ['--import', 'tsx', path.join(root, file), ...args]),
    async hub({ token, nodes = true } = {}) {
      const folder = await emptyDatabase();
      folders.push(folder);
      const args = [CLI, 'hub', '--json', '--host', HUB, '--data', path.join(folder, 'data')];
      const env = token === undefined ? {} : { BEELINE_HUB_TOKEN: token };
      const hub = api.exec('wan', process.execPath, args, env);
      const ready = await hub.line('ready');
      const bootstrap = ready['bootstrap'] as string[];
      if (nodes) {
        const more = api.script('wan', 'test/support/dhtNodes.ts', bootstrap.join(), NODES.join());
        await more.line('ready');
      }
      return {
        url: String(ready['url']),
        address: HUB,
        bootstrap,
        relay: String(ready['relay']),
        process: hub,
      };
    },
    async turn(test) {
      if (spawnSync('which', [COTURN]).status !== 0) {
        console.log('      skipped: there is no coturn, and only root on Debian installs it');
        test.skip();
      }
      const login = { username: 'beeline', credential: randomBytes(16).toString('hex') };
      const server = api.exec('wan', COTURN, [
        ...['-n', '--log-file', 'stdout', '--simple-log', '--no-cli', '--no-tls', '--no-dtls'],
        ...['--listening-ip', TURN, '--relay-ip', TURN, '--realm', 'beeline.test'],
        ...['--lt-cred-mech', '--user', `${login.username}:${login.credential}`],
        ...['--no-rfc5780', '--pidfile', '/dev/null'],
      ]);
      await server.until(() => listensAt(namespace('wan'), TURN), 'coturn');
      const at = `${TURN}:3478`;
      return {
        address: TURN,
        stun: { urls: [`stun:${at}`] },
        turn: { urls: [`turn:${at}?transport=udp`, `turn:${at}?transport=tcp`], ...login },
      };
    },
    wan: HUB,
    publicAddress: (host) => ROUTER[`n${host}`],
    nats(kind) {
      const how = kind === 'symmetric' ? ['--random-fully'] : [];
      for (const router of routers) {
        iptables(router, '-t', 'nat', '-F', 'POSTROUTING');
        iptables(router, ...`-t nat -A POSTROUTING -o out -j MASQUERADE`.split(' '), ...how);
      }
    },
    forgetFlows() {
      for (const router of routers) {
        // The kernel drops translated flows of a device that goes down.
        for (const to of ['down', 'up']) {
          run('ip', ...`netns exec ${namespace(router)} ip link set out ${to}`.split(' '));
        }
      }
    },
    readdress(host) {
      const network = INSIDE[`n${host}`];
      const before = addressOf[host];
      addressOf[host] = before + 1;
      const at = (command: string): void => {
        run('ip', ...`netns exec ${namespace(host)} ip ${command}`.split(' '));
      };
      at(`addr add ${network}.${String(before + 1)}/24 dev eth0`);
      at(`addr del ${network}.${String(before)}/24 dev eth0`);
      at(`route replace default via ${network}.1`);
    },
    blockUdp(blocked) {
      for (const router of routers) {
        iptables(router, '-t', 'mangle', '-F', 'FORWARD');
        // Before the filter, so that what is dropped is not counted there as passed on.
        if (blocked) iptables(router, ...'-t mangle -A FORWARD -p udp -j DROP'.split(' '));
      }
    },
    watchFor(text) {
      assert.ok(text.length <= 127, 'the kernel looks for at most 128 characters');
      return counter('packets', ['-m', 'string', '--algo', 'kmp', '--string', text]);
    },
    bytesWith: (address, protocol) =>
      counter('bytes', ['-p', protocol, '-d', address], ['-p', protocol, '-s', address]),
  };
  return api;
}

const root = path.resolve(__dirname, '../..');

function build(namespace: (place: Place) => string): void {
  const at = (place: Place, command: string): void => {
    run('ip', ...`netns exec ${namespace(place)} ${command}`.split(' '));
  };
  for (const place of places) {
    run('ip', 'netns', 'add', namespace(place));
    at(place, 'ip link set lo up');
  }
  at('wan', 'ip link add bridge type bridge');
  at('wan', 'ip link set bridge up');
  for (const address of [HUB, TURN, ...NODES]) at('wan', `ip addr add ${address}/24 dev bridge`);
  // What is meant for elsewhere is lost on the way, as on the internet, and not refused at once:
  // a TURN server gives up an allocation whose packets are.
  at('wan', 'ip link add elsewhere type veth peer name nowhere');
  at('wan', 'ip link set nowhere up');
  at('wan', 'ip link set elsewhere up arp off');
  at('wan', 'ip route add default dev elsewhere');
  for (const router of routers) {
    const host = router === 'na' ? 'a' : 'b';
    at('wan', `ip link add ${router} type veth peer name out netns ${namespace(router)}`);
    at('wan', `ip link set ${router} master bridge up`);
    at(router, `ip addr add ${ROUTER[router]}/24 dev out`);
    at(router, 'ip link set out up');
    at(router, `ip link add in type veth peer name eth0 netns ${namespace(host)}`);
    at(router, `ip addr add ${INSIDE[router]}.1/24 dev in`);
    at(router, 'ip link set in up');
    at(router, 'sysctl -qw net.ipv4.ip_forward=1');
    at(host, `ip addr add ${INSIDE[router]}.${String(FIRST)}/24 dev eth0`);
    // An address that is added stays when the first one is removed.
    at(host, 'sysctl -qw net.ipv4.conf.all.promote_secondaries=1');
    at(host, 'ip link set eth0 up');
    at(host, `ip route add default via ${INSIDE[router]}.1`);
    at(router, 'iptables --wait 20 -N COUNT');
    at(router, 'iptables --wait 20 -A FORWARD -j COUNT');
    // INPUT as well: an early packet of a punch would leave a flow on the router itself, and the
    // inner host's own packet then gets another port. Home routers drop it, too.
    for (const chain of ['FORWARD', 'INPUT']) {
      const known = '-m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT';
      at(router, `iptables --wait 20 -A ${chain} -i out ${known}`);
      at(router, `iptables --wait 20 -A ${chain} -i out -j DROP`);
    }
  }
}

const COTURN = 'turnserver';

function listensAt(namespace: string, address: string): boolean {
  const { stdout } = spawnSync('ip', ['netns', 'exec', namespace, 'ss', '-Hlun', 'src', address], {
    encoding: 'utf8',
  });
  return stdout.includes(address);
}

function whyNot(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are a part of Linux';
  if (process.getuid?.() !== 0) return 'only root can make network namespaces';
  const probe = `bn${String(process.pid)}-probe`;
  if (spawnSync('ip', ['netns', 'add', probe]).status !== 0) {
    return 'this machine does not let network namespaces be made';
  }
  try {
    const rule = ['-t', 'nat', '-A', 'POSTROUTING', '-j', 'MASQUERADE', '--random-fully'];
    const { status } = spawnSync('ip', ['netns', 'exec', probe, 'iptables', ...rule]);
    return status === 0 ? undefined : 'there is no iptables that can translate addresses';
  } finally {
    spawnSync('ip', ['netns', 'del', probe]);
  }
}

/** Those of runs that were killed. */
function removeAbandoned(): void {
  for (const line of run('ip', 'netns', 'list').split('\n')) {
    const [name = ''] = line.split(' ');
    const pid = /^bn(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) spawnSync('ip', ['netns', 'del', name]);
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function run(program: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
  return stdout;
}
