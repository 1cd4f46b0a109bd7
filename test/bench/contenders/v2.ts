import { randomBytes } from 'node:crypto';
import type { TransferState } from '../../../src/core/events';
import type { Contender, Run, Timing } from '../contender';
import { PairedAgent } from './pairedAgent';

/**
 * One file between two paired agents over their link, by their engines. The clock runs from the
 * acceptance, as it does for version 1 from the first DATA, to the recipient's receipt.
 */
export const v2Link: Contender = {
  send: (run) => sendOnce(run, 'accepted'),
  receive: receiveOnce,
};

/** A folder between them. The clock runs from the offer, because `scp -r` lists its files as well. */
export const manyFiles: Contender = {
  send: (run) => sendOnce(run, 'offered'),
  receive: receiveOnce,
};

async function sendOnce(run: Run, from: 'offered' | 'accepted'): Promise<Timing> {
  const agent = await PairedAgent.start(run, 'sender');
  await run.link.hear();
  let start = performance.now();
  let isWaiting = true;
  await agent.send(randomBytes(16).toString('hex'), run.sourcePath, (state) => {
    if (from === 'accepted' && isWaiting && state.kind !== 'waiting' && state.kind !== 'hashing') {
      isWaiting = false;
      start = performance.now();
    }
    progressed(run, state);
  });
  return { transferMs: performance.now() - start };
}

async function receiveOnce(run: Run): Promise<string | undefined> {
  const agent = await PairedAgent.start(run, 'receiver');
  const received = agent.receive((state) => {
    progressed(run, state);
  });
  run.link.tell('ready');
  return (await received).path;
}

export function progressed(run: Run, state: TransferState): void {
  if (state.kind === 'transferring') run.progress(state.progress.bytes);
  else if (state.kind === 'completed') run.progress(run.bytes);
}
