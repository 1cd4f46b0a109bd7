import assert from 'node:assert/strict';
import { JsonReporter } from '../../src/cli/output/jsonReporter';
import { LineReporter } from '../../src/cli/output/lineReporter';
import type { LineSink, ProgressReport, Report, Reporter } from '../../src/cli/output/report';
import { TransferWatch } from '../../src/cli/transferWatch';
import type { Transfer, TransferState } from '../../src/core/events';

function sink(): LineSink & { readonly lines: string[] } {
  const lines: string[] = [];
  return { lines, line: (text) => lines.push(text) };
}

const single = { kind: 'file', roots: 1, entries: 1 } as const;

function progress(bytes: number, total = 1000): ProgressReport {
  return {
    event: 'progress',
    transferId: 't',
    direction: 'send',
    peer: 'agent-b',
    fileName: 'a.bin',
    ...single,
    bytes,
    total,
    rate: 100,
  };
}

/** A clock for transfers that take long. */
function everyMinute(): () => number {
  let minutes = 0;
  return () => 60_000 * (minutes += 1);
}

describe('plain lines', () => {
  it('tell nothing of the progress of what ends at once, and no rate where none is known', () => {
    const out = sink();
    let now = 0;
    const reporter = new LineReporter(out, sink(), () => now);
    for (const bytes of [0, 300, 990]) reporter.tell({ ...progress(bytes), transferId: 'short' });
    assert.deepEqual(out.lines, []);
    reporter.tell(progress(10));
    now = 5000;
    reporter.tell({ ...progress(500), rate: 0 });
    assert.deepEqual(out.lines, ['a.bin: 50 % (500 bytes of 1.0 kB)']);
  });

  it('tell progress at the quarters only, each once, also when it jumps or comes back', () => {
    const out = sink();
    const reporter = new LineReporter(out, sink(), everyMinute());
    for (const bytes of [0, 10, 249, 250, 260, 499, 800, 700, 999, 1000]) {
      reporter.tell(progress(bytes));
    }
    assert.deepEqual(
      out.lines.map((line) => /\d+ %/.exec(line)?.[0]),
      ['25 %', '80 %'],
    );
  });

  it('keep still while a question is on the screen, and lose nothing', () => {
    const out = sink();
    const reporter = new LineReporter(out, sink(), everyMinute());
    reporter.suspend();
    for (const bytes of [10, 300]) reporter.tell(progress(bytes));
    assert.deepEqual(out.lines, []);
    reporter.resume();
    assert.equal(out.lines.length, 1);
  });

  it('put failures on stderr, with nothing in them that acts on a terminal', () => {
    const [out, err] = [sink(), sink()];
    new LineReporter(out, err).tell({
      event: 'failed',
      fileName: 'a\u001b[2Jb',
      code: 'PEER_ERROR',
      message: 'The other side stopped: \u001b]0;x\u0007\u202egone',
    });
    assert.deepEqual(out.lines, []);
    assert.deepEqual(err.lines, ['ab: The other side stopped: \ufffdgone']);
  });
});

describe('the lines about paired agents', () => {
  const agent = { kid: 'ab'.repeat(32), name: 'Bob\u001b[2J', fingerprint: '12345 67890' };
  const line = (report: Report): string => {
    const out = sink();
    new LineReporter(out, sink()).tell(report);
    return out.lines.join('\n');
  };
  const about = {
    transferId: 't',
    direction: 'send',
    peer: 'agent-b',
    fileName: 'a.bin',
    ...single,
  } as const;

  it('say who it is and which way the bytes took, and nothing of the kind about others', () => {
    const completed = {
      event: 'completed',
      ...about,
      path: 'a.bin',
      sha256: 'ff',
      bytes: 5,
      durationMs: 100,
      audit: 'confirmed',
    } as const;
    assert.match(
      line({ ...completed, agent, verified: true, via: 'hub', receipt: 'cc' }),
      /delivered to Bob \(agent-b\), paired, 5 bytes in 0\.1 s through the hub, SHA-256 ff, receipt cc$/,
    );
    assert.doesNotMatch(line({ ...completed, verified: false }), /paired|through|directly/);
    const interrupted = { event: 'interrupted', ...about, code: 'PEER_LOST', message: '' } as const;
    assert.equal(
      line({ ...interrupted, agent, resumes: 'agent' }),
      'a.bin: interrupted, goes on when Bob is back',
    );
    assert.equal(
      line({ ...interrupted, agent, code: 'AGENT_OFFLINE', resumes: 'agent' }),
      'a.bin: waiting for Bob, goes on when Bob is online',
    );
    const full = { code: 'DISK_FULL', message: 'agent-b has no room for it.' } as const;
    assert.equal(
      line({ ...interrupted, agent, ...full, resumes: 'agent' }),
      'a.bin: interrupted. agent-b has no room for it.',
    );
    const message = 'No room.';
    assert.equal(
      line({ ...interrupted, transferId: 'ab'.repeat(16), message, resumes: 'person' }),
      'a.bin: interrupted. No room. Then go on with: beeline resume abababab',
    );
  });

  it('say of a folder what was moved, what was spared, and what is not as it was offered', () => {
    const completed = {
      ...about,
      event: 'completed',
      fileName: 'proj',
      kind: 'folder',
      audit: 'pending',
      ...{ agent, verified: true, path: '/in/proj', durationMs: 3000, entries: 1300 },
      ...{ bytes: 38_000_000, files: 1204, spared: 36_000_000, treeHash: 'ee' },
    } as const;
    assert.equal(
      line(completed),
      'proj: delivered to Bob (agent-b), paired, 38.0 MB in 1,204 files, 36.0 MB were there ' +
        'already, in 3.0 s, tree hash ee; the task service has not recorded it yet',
    );
    const arrived = line({
      ...completed,
      ...{ direction: 'receive', changed: 1, gone: 2, deleted: 3, undeleted: 4 },
      conflicts: ['x\u001b[2J.txt', ...Array.from({ length: 7 }, (_, n) => `c${String(n)}`)],
    });
    assert.match(arrived, /saved as \/in\/proj, .* 1 file changed .* 2 files went away/);
    const several = { ...completed, direction: 'receive', kind: 'several', roots: 2 } as const;
    assert.match(line({ ...several, path: '/in' }), /, saved in \/in, /);
    assert.match(arrived, /3 files removed, 4 files removed there but not here/);
    assert.match(arrived, /left as they are[^]*\n {4}x\.txt\n[^]*… and 3 more$/);
  });

  it('say of folders in the terminal how much they are, and from whom they are kept in step', () => {
    const measured = {
      event: 'measured',
      kind: 'folder',
      ...{ name: 'proj\u202e', roots: 1, files: 1204 },
      ...{ folders: 30, links: 1, bytes: 38_000_000, ignored: 12 },
    } as const;
    assert.equal(
      line(measured),
      'proj\ufffd: 1,204 files, 1 link, 38.0 MB, 12 left out as ignored',
    );
    assert.match(
      line({ ...measured, roots: 3, ignored: 0 }),
      /^proj\ufffd and 2 more: 1,204 files/,
    );
    const grant = {
      event: 'grant',
      ...{ grantId: 'ab'.repeat(16), agent, name: 'proj', path: '/in/proj' },
      ...{ mayDelete: true, since: '2026-01-02T00:00:00Z' },
    } as const;
    assert.equal(line(grant), 'abababababab  /in/proj  from Bob  may remove  since 2026-01-02');
  });

  it('never call an offer verified that only claims to come from a paired agent', () => {
    const offer = {
      event: 'offer',
      transferId: 't',
      from: 'agent-b',
      fileName: 'a.bin',
      fileSize: 5,
      ...single,
      decision: 'ask',
    } as const;
    assert.match(line({ ...offer, trust: 'verified', agent }), /from Bob \(agent-b\) \(verified\)/);
    assert.match(line({ ...offer, trust: 'unverified' }), /from agent-b \(unverified\)/);
    const claims = line({ ...offer, trust: 'claims', agent });
    assert.match(claims, /claims to be Bob and has not proven it/);
    assert.doesNotMatch(claims, /verified/);
  });

  it('show identities so that they can be compared, with nothing in them that acts', () => {
    const identity = { ...agent, id: 'agent-b', origin: 'https://ats.example' };
    const self = { id: 'me', kid: 'cd'.repeat(32), fingerprint: '99999 00000' };
    const confirm = line({ event: 'confirm', agent: identity, known: false, self });
    assert.match(confirm, /Fingerprint {2}12345 67890[^]*Fingerprint {2}99999 00000/);
    assert.match(line({ event: 'paired', agent: identity }), /^Paired with Bob \(agent-b\)/);
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(confirm, /\u001b/);
  });
});

describe('following a transfer', () => {
  const transfer = (state: TransferState, taskId?: number): Transfer => ({
    transferId: 't',
    direction: 'send',
    ...(taskId === undefined ? {} : { taskId }),
    peerId: 'agent-b',
    fileName: 'a.bin',
    ...single,
    fileSize: 10,
    channel: 'c',
    startedAt: '2026-01-01T00:00:00Z',
    state,
  });
  const waiting: TransferState = { kind: 'waiting', expiresAt: '2026-01-02T00:00:00Z' };
  const completed = {
    kind: 'completed',
    result: { bytes: 10, sha256: 'ff', durationMs: 5, audit: 'confirmed', peerKey: 'matched' },
  } as const;

  function watching(): { watch: TransferWatch; lines: () => Record<string, unknown>[] } {
    const out = sink();
    const reporter: Reporter = new JsonReporter(out, sink());
    return {
      watch: new TransferWatch(reporter),
      lines: () => out.lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    };
  }

  it('tells offered and the end once each, however often snapshots repeat', async () => {
    const { watch, lines } = watching();
    const ended = watch.follow('t', './a.bin');
    const states = [transfer(waiting), transfer(waiting, 7), transfer(waiting, 7)];
    for (const one of [...states, transfer(completed, 7), transfer(completed, 7)]) {
      watch.take({ type: 'transfer', transfer: one });
    }
    assert.deepEqual(await ended, { kind: 'completed' });
    assert.deepEqual(lines(), [
      {
        event: 'offered',
        transferId: 't',
        taskId: 7,
        to: 'agent-b',
        verified: false,
        fileName: 'a.bin',
        ...single,
        fileSize: 10,
        path: './a.bin',
      },
      {
        event: 'completed',
        transferId: 't',
        direction: 'send',
        peer: 'agent-b',
        fileName: 'a.bin',
        ...single,
        taskId: 7,
        path: './a.bin',
        sha256: 'ff',
        bytes: 10,
        durationMs: 5,
        audit: 'confirmed',
        verified: false,
      },
    ]);
    assert.deepEqual(watch.running, []);
  });

  const agent = { kid: 'ab'.repeat(32), name: 'Bob', fingerprint: '12345 67890' };
  const error = { code: 'PEER_LOST', message: 'Gone.' } as const;
  const progress = { bytes: 5, total: 10, rate: 1 };

  it('tells of a paired agent who it is, which way the bytes took, and its receipt', () => {
    const { watch, lines } = watching();
    void watch.follow('t', './a.bin');
    const result = { ...completed.result, peerKey: 'paired', via: 'relay', receipt: 'cc' } as const;
    // Over a link there is no task to wait for.
    watch.take({ type: 'transfer', transfer: { ...transfer(waiting), agent } });
    const done: Transfer = { ...transfer({ kind: 'completed', result }), agent };
    watch.take({ type: 'transfer', transfer: done });
    const [offered, end] = lines();
    assert.deepEqual([offered?.['event'], offered?.['verified']], ['offered', true]);
    assert.deepEqual(offered?.['agent'], agent);
    assert.equal(offered['taskId'], undefined);
    assert.deepEqual(
      [end?.['event'], end?.['verified'], end?.['via'], end?.['receipt'], end?.['agent']],
      ['completed', true, 'relay', 'cc', agent],
    );
  });

  it('tells each interruption once, and again only after bytes have moved', () => {
    const { watch, lines } = watching();
    void watch.follow('t');
    const interrupted = { kind: 'interrupted', error, resumes: 'agent' } as const;
    const states: TransferState[] = [
      { kind: 'transferring', progress, via: 'direct' },
      interrupted,
      interrupted,
      { kind: 'connecting', again: true },
      interrupted,
      { kind: 'transferring', progress },
      interrupted,
    ];
    for (const state of states) {
      watch.take({ type: 'transfer', transfer: { ...transfer(state, 7), agent } });
    }
    const told = lines().map(({ event }) => event);
    assert.deepEqual(told, ['offered', 'progress', 'interrupted', 'progress', 'interrupted']);
    assert.deepEqual(watch.running, ['t'], 'it goes on');
  });

  it('is silent about transfers of other windows', () => {
    const { watch, lines } = watching();
    watch.take({ type: 'transfer', transfer: transfer(completed, 7) });
    assert.deepEqual(lines(), []);
  });

  it('ends with what a snapshot tells when the engine moved to another process', async () => {
    const { watch, lines } = watching();
    const ended = watch.follow('t');
    const snapshot = {
      service: { kind: 'connecting' },
      self: { kind: 'ready', kid: '0'.repeat(64), fingerprint: '00000' },
      agents: [],
      pairings: [],
      offers: [],
      transfers: [transfer({ kind: 'failed', error }, 7)],
      grants: [],
      blocked: [],
      chats: [],
      calls: [],
    } as const;
    watch.take({ type: 'moved', snapshot });
    assert.deepEqual(await ended, { kind: 'failed', error });
    assert.equal(lines().at(-1)?.['code'], 'PEER_LOST');
  });
});
