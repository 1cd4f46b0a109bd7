import assert from 'node:assert/strict';
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { History } from '../../../../src/core/engine/history';
import { Grants } from '../../../../src/core/engine/paired/grants';
import {
  runPairedIncoming,
  type PairedIncomingParts,
} from '../../../../src/core/engine/paired/pairedIncoming';
import {
  readPairedIncoming,
  type PairedIncoming,
} from '../../../../src/core/engine/paired/pairedRecords';
import { PlacedHere } from '../../../../src/core/engine/paired/placedHere';
import { Received } from '../../../../src/core/engine/paired/received';
import { Resumption } from '../../../../src/core/engine/paired/resumption';
import type { PairedAgent, Roster } from '../../../../src/core/engine/paired/roster';
import { Turnstile } from '../../../../src/core/engine/paired/turnstile';
import { RunningTransfers } from '../../../../src/core/engine/runningTransfers';
import type { ServiceConnection } from '../../../../src/core/engine/serviceConnection';
import type { Transfer } from '../../../../src/core/events';
import type { Home } from '../../../../src/core/home/home';
import { openFileHome } from '../../../../src/core/home/fileHome';
import { AnsweredOffers } from '../../../../src/core/identity/answeredOffers';
import { receiptOf } from '../../../../src/core/identity/receipt';
import { checkRoom } from '../../../../src/core/receivefs/saveFolder';
import { serveTransfer } from '../../../../src/core/transfer/serveTransfer';
import { memoryMessageChannelPair } from '../../../support/memoryMessageChannel';
import { type MemoryEntry, MemorySendingTree } from '../../../support/memorySendingTree';
import { SuddenEnd } from '../../receivefs/tree/sudden';
import { withFolder } from '../../receivefs/tree/treeFixture';

type Entries = Readonly<Record<string, MemoryEntry>>;
type Accepted = Pick<PairedIncoming, 'transferId' | 'update'>;

const ID = 'ab'.repeat(16);
const AGENT = { kid: 'cd'.repeat(32), name: 'alice', fingerprint: '' };
const PLACE = { atsUrl: 'http://127.0.0.1:1', actorId: 'bob' } as PairedIncoming['place'];
const RECEIPT_KEY = Buffer.alloc(32, 7);
const TIMEOUT_MS = 10_000;
const IN_STEP = { sync: { id: '12'.repeat(16), delete: true }, grants: { mayDelete: true } };
/** What was arranged over the link has no task. */
const NO_SERVICE = { use: () => () => undefined, client: {} } as unknown as ServiceConnection;

const FIRST: Entries = {
  p: null,
  'p/changed': 'before',
  'p/gone': 'gone',
  'p/sub': null,
  'p/sub/kept': 'kept',
};
const SECOND: Entries = {
  p: null,
  'p/changed': 'after, and longer',
  'p/sub': null,
  'p/sub/kept': 'kept',
  'p/sub/large': Buffer.alloc(100_000, 'beeline '),
  'p/sub/link': { link: 'kept' },
};

/**
 * If this fails, a crash in a bad moment leaves what nobody sees and nobody removes beside what was
 * received, or places it twice.
 */
describe('an accepted transfer whose process is killed', function () {
  this.timeout(100_000);

  it('ends with what was sent and nothing beside it, whichever step was the last', () =>
    withFolder((above) => killEverywhere(above, FIRST)));

  it('ends so, too, when it brings up to date what is here', () =>
    withFolder((above) => killEverywhere(above, SECOND, FIRST)));
});

async function killEverywhere(above: string, sent: Entries, before?: Entries): Promise<void> {
  const life = async (name: string, dieAfter: number): Promise<number> => {
    const machine = new Machine(path.join(above, name));
    if (before !== undefined) await machine.run(before, { transferId: 'ef'.repeat(16) });
    const update = before && { target: path.join(machine.saved, 'p'), mayDelete: true };
    const ours = { transferId: ID, ...(update !== undefined && { update }) };
    const end = await SuddenEnd.begin(dieAfter);
    try {
      await machine.run(sent, ours, end);
    } finally {
      end.stop();
    }
    if (end.isOver) await machine.run(sent, ours);
    await machine.check(sent, `after ${String(dieAfter)} of ${name}`);
    return end.calls;
  };
  const calls = await life('whole', Number.MAX_SAFE_INTEGER);
  assert.ok(calls > 40, `only ${String(calls)} steps`);
  for (let dieAfter = 0; dieAfter < calls; dieAfter++) {
    await life(String(dieAfter), dieAfter);
  }
}

/** What stays of one that is killed: its home and its save folder. */
class Machine {
  readonly saved: string;

  constructor(private readonly folder: string) {
    this.saved = path.join(folder, 'saved');
  }

  /** One life of its engine, which accepts what is not accepted yet and goes on with what is. */
  async run(sent: Entries, accepted: Accepted, end?: SuddenEnd): Promise<void> {
    try {
      await this.live(sent, accepted, end);
    } catch (thrown) {
      if (end?.isOver !== true) throw thrown;
    }
  }

  async check(sent: Entries, hint: string): Promise<void> {
    const names = (await readdir(this.saved, { recursive: true })).sort();
    assert.deepEqual(names, Object.keys(sent).sort(), hint);
    const home = await openFileHome(path.join(this.folder, 'home'));
    assert.deepEqual(await home.readAll('incoming'), [], hint);
    const ended = (await History.open(home)).find(ID);
    assert.equal(ended?.state.kind, 'completed', hint);
  }

  private async live(
    sent: Entries,
    { transferId, update }: Accepted,
    end: SuddenEnd | undefined,
  ): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    const home = await openFileHome(path.join(this.folder, 'home'));
    const history = await History.open(home);
    const quiet = { log: () => undefined, emit: () => undefined };
    const running = new RunningTransfers({ home, history, ...quiet });
    const tree = new MemorySendingTree(sent);
    if ((await home.readAll('incoming')).length === 0 && history.find(transferId) === undefined) {
      await checkRoom(this.saved, tree.manifest.bytes);
      const where = update === undefined ? { directory: this.saved } : { update, ...IN_STEP };
      await home.write('incoming', transferId, { ...recordOf(tree, transferId), ...where });
    }
    const parts = await partsOf(home, tree);
    for (const entry of await home.readAll('incoming')) {
      const record = readPairedIncoming(entry);
      assert.ok(record !== undefined);
      running.launch(NO_SERVICE, transferOf(record), 'incoming', TIMEOUT_MS, (context) =>
        runPairedIncoming(context, record, parts),
      );
    }
    while (running.has(transferId)) {
      if (end?.isOver === true) await running.letGo();
      await delay(1);
    }
  }
}

function recordOf({ manifest }: MemorySendingTree, transferId: string): PairedIncoming {
  return {
    version: 2,
    place: PLACE,
    transferId,
    agent: AGENT,
    peerId: 'alice',
    channel: 'p2p-transfer',
    startedAt: new Date().toISOString(),
    expiresAt: new Date(Date.now() + 60_000).toISOString(),
    fileName: 'p',
    safeName: 'p',
    fileSize: manifest.bytes,
    kind: 'folder',
    roots: 1,
    entries: manifest.entries.length,
  };
}

function transferOf({ transferId, startedAt }: PairedIncoming): Transfer {
  const fields = { fileName: 'p', kind: 'folder', roots: 1, entries: 1, fileSize: 1 } as const;
  return {
    ...{ transferId, startedAt, ...fields },
    direction: 'receive',
    peerId: 'alice',
    channel: 'p2p-transfer',
    state: { kind: 'connecting', again: false },
  };
}

/** A link to a sender that has this tree, and what this home remembers. */
async function partsOf(home: Home, tree: MemorySendingTree): Promise<PairedIncomingParts> {
  const link = {
    path: 'direct',
    open: (_protocol: string, id: Buffer) => {
      const [theirs, ours] = memoryMessageChannelPair();
      const receipt = (treeHash: Buffer): Buffer => receiptOf(RECEIPT_KEY, id, treeHash);
      const serving = { channel: theirs, tree, receipt, timeoutMs: TIMEOUT_MS };
      // Whatever ends it on the other side ends it here.
      serveTransfer(serving).catch(() => undefined);
      return ours;
    },
  };
  const roster = { find: () => ({ entry: { blocked: false } }) } as unknown as Roster;
  const log = (): void => undefined;
  const grants = await Grants.open(home);
  const received = await Received.open(home, log);
  return {
    keeper: { find: () => link } as unknown as PairedIncomingParts['keeper'],
    turnstile: new Turnstile(1),
    targets: new Turnstile(1),
    resumption: new Resumption(),
    agent: { entry: AGENT, keys: { receiptKey: RECEIPT_KEY } } as unknown as PairedAgent,
    placed: new PlacedHere({ received, grants, roster, grantsChanged: log, log }),
    answered: await AnsweredOffers.open(home),
    tell: () => undefined,
  };
}
