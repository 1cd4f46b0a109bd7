import assert from 'node:assert/strict';
import { JsonReporter } from '../../src/cli/output/jsonReporter';
import { LineReporter } from '../../src/cli/output/lineReporter';
import type { LineSink, Report, Reporter } from '../../src/cli/output/report';
import { TransferWatch } from '../../src/cli/transferWatch';
import type { Transfer, TransferState } from '../../src/core/events';

function sink(): LineSink & { readonly lines: string[] } {
  const lines: string[] = [];
  return { lines, line: (text) => lines.push(text) };
}

function progress(bytes: number, total = 1000): Report {
  return {
    event: 'progress',
    transferId: 't',
    direction: 'send',
    peer: 'agent-b',
    fileName: 'a.bin',
    bytes,
    total,
    rate: 100,
  };
}

describe('plain lines', () => {
  it('tell progress at the quarters only, each once, also when it jumps or comes back', () => {
    const out = sink();
    const reporter = new LineReporter(out, sink());
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
    const reporter = new LineReporter(out, sink());
    reporter.suspend();
    reporter.tell(progress(300));
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

describe('following a transfer', () => {
  const transfer = (state: TransferState, taskId?: number): Transfer => ({
    transferId: 't',
    direction: 'send',
    ...(taskId === undefined ? {} : { taskId }),
    peerId: 'agent-b',
    fileName: 'a.bin',
    fileSize: 10,
    channel: 'c',
    startedAt: '2026-01-01T00:00:00Z',
    state,
  });
  const waiting: TransferState = { kind: 'waiting', expiresAt: '2026-01-02T00:00:00Z' };
  const completed: TransferState = {
    kind: 'completed',
    result: { bytes: 10, sha256: 'ff', durationMs: 5, audit: 'confirmed', peerKey: 'matched' },
  };

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
        fileName: 'a.bin',
        fileSize: 10,
        path: './a.bin',
      },
      {
        event: 'completed',
        transferId: 't',
        direction: 'send',
        peer: 'agent-b',
        fileName: 'a.bin',
        taskId: 7,
        path: './a.bin',
        sha256: 'ff',
        bytes: 10,
        durationMs: 5,
        audit: 'confirmed',
      },
    ]);
    assert.deepEqual(watch.running, []);
  });

  it('is silent about transfers of other windows', () => {
    const { watch, lines } = watching();
    watch.take({ type: 'transfer', transfer: transfer(completed, 7) });
    assert.deepEqual(lines(), []);
  });

  it('ends with what a snapshot tells when the engine moved to another process', async () => {
    const { watch, lines } = watching();
    const ended = watch.follow('t');
    const error = { code: 'PEER_LOST', message: 'Gone.' } as const;
    const snapshot = {
      service: { kind: 'connecting' },
      offers: [],
      transfers: [transfer({ kind: 'failed', error }, 7)],
      blocked: [],
    } as const;
    watch.take({ type: 'moved', snapshot });
    assert.deepEqual(await ended, { kind: 'failed', error });
    assert.equal(lines().at(-1)?.['code'], 'PEER_LOST');
  });
});
