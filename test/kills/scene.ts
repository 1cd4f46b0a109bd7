import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { TransferResult } from '../../src/core/events';
import { acquaint } from './acquaint';
import { KillableAgent } from './killableAgent';
import type { Programs } from './programs';

/**
 * Bytes of datagrams that a kill may cost: what was on its way, and what the receiver held in memory
 * and had not yet given to its system.
 */
const LOST_BY_A_KILL = 4_000_000;
/** What packets, acknowledgements and the DHT take beside the bytes of files. */
const OVERHEAD = 1.1;

/** Bytes of datagrams for so many bytes of files; nothing but what a kill has lost moves twice. */
export function mostBytes(bytes: number, kills: number): number {
  return bytes * OVERHEAD + kills * LOST_BY_A_KILL;
}

/** Two paired agents in processes of their own, and one transfer after another between them. */
export class Scene {
  private constructor(
    readonly programs: Programs,
    readonly sender: KillableAgent,
    readonly receiver: KillableAgent,
  ) {}

  static async open(programs: Programs): Promise<Scene> {
    const [sender, receiver] = [
      new KillableAgent(programs, 'alice'),
      new KillableAgent(programs, 'bob'),
    ];
    await acquaint(sender, receiver, programs.hub.url);
    const scene = new Scene(programs, sender, receiver);
    await Promise.all([sender.start(), receiver.start()]);
    await sender.until('a link', () =>
      sender.member.events.some(
        (event) =>
          event.type === 'agents' &&
          event.agents.some(({ presence }) => presence.kind === 'online'),
      ),
    );
    return scene;
  }

  path(...parts: string[]): string {
    return path.join(this.programs.folder, ...parts);
  }

  /** Offers a folder; the receiver accepts what it is asked. */
  async offer(folder: string): Promise<string> {
    const transferId = randomBytes(16).toString('hex');
    await this.sender.member.ask({
      do: 'offer',
      request: { transferId, paths: [folder], recipientId: this.receiver.id },
    });
    return transferId;
  }

  /** Waits until so many bytes more have come through the receiver's network, in the middle of it. */
  async moved(transferId: string, bytes: number): Promise<void> {
    const { receiver } = this;
    const before = receiver.wire;
    await receiver.until(`${String(bytes)} bytes more`, () => receiver.wire - before >= bytes);
    assert.notEqual(receiver.transfer(transferId)?.state.kind, 'completed', 'killed in the middle');
  }

  /** Both sides' results, which say the same. */
  async completed(transferId: string): Promise<{ sent: TransferResult; received: TransferResult }> {
    const [sent, received] = await Promise.all([
      this.sender.completed(transferId),
      this.receiver.completed(transferId),
    ]);
    assert.equal(sent.treeHash, received.treeHash);
    assert.equal(sent.receipt, received.receipt);
    return { sent, received };
  }

  /** What went through the receiver's network in all of its lives, counted below the engine. */
  assertMovedAtMost(most: number): void {
    const { wireInAll } = this.receiver;
    assert.ok(wireInAll <= most, `${String(wireInAll)} bytes moved, more than ${String(most)}`);
  }

  /** Names in the receiver's save folder, what is not whole included. */
  async saved(): Promise<string[]> {
    return (await readdir(this.receiver.saveDirectory).catch(() => [])).sort();
  }

  /** The folder in which the tree arrives. */
  async staging(): Promise<string> {
    const [partial, ...more] = (await this.saved()).filter((name) => name.endsWith('.part'));
    assert.ok(partial !== undefined && more.length === 0, 'one staging folder');
    return path.join(this.receiver.saveDirectory, partial);
  }
}
