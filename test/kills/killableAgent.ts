import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Decision } from '../../src/core/engine';
import type { EngineConfig } from '../../src/core/engineConfig';
import type { EngineEvent, IncomingOffer, Transfer, TransferResult } from '../../src/core/events';
import { isEnded } from '../../src/core/events';
import type { Member } from '../service/household';
import type { Programs } from './programs';

/** Milliseconds after which waiting tells what happened instead. */
const PATIENCE_MS = 45_000;
const POLL_MS = 5;

/** One home whose engine is killed and started again, and all that its processes have told. */
export class KillableAgent {
  /** How each incoming offer is answered, as often as it is asked. */
  decision: Decision = { kind: 'accept' };
  /** What went through the network, of the lives before this one. */
  #wireBefore = 0;
  #member: Member | undefined;
  #asked = new Set<string>();
  readonly #transfers = new Map<string, Transfer>();
  #read = 0;

  constructor(
    private readonly programs: Programs,
    readonly id: string,
    private readonly more: Partial<EngineConfig> = {},
  ) {}

  get saveDirectory(): string {
    return path.join(this.programs.folder, `saved-${this.id}`);
  }

  get home(): string {
    return path.join(this.programs.folder, this.id);
  }

  get member(): Member {
    if (this.#member === undefined) throw new Error(`${this.id} is not running`);
    return this.#member;
  }

  /** Bytes of datagrams of the process that runs. */
  get wire(): number {
    const line = this.#member?.logs.findLast((each) => each.startsWith('wire '));
    return Number(line?.slice('wire '.length) ?? 0);
  }

  /** And those of its lives before. */
  get wireInAll(): number {
    return this.#wireBefore + this.wire;
  }

  async start(): Promise<void> {
    const member = await this.programs.engine();
    this.#member = member;
    this.#read = 0;
    this.#asked = new Set();
    const config: EngineConfig = {
      atsUrl: this.programs.hub.url,
      actorId: this.id,
      actorName: this.id,
      actorType: 'agent',
      channel: 'p2p-transfer',
      saveDirectory: this.saveDirectory,
      timeoutMs: 30_000,
      ...this.more,
    };
    await member.ask({ do: 'open', home: this.home, config });
    const { transfers, offers } = await member.snapshot();
    // What came as an event meanwhile is newer.
    for (const transfer of transfers) this.#transfers.set(transfer.transferId, transfer);
    this.#readEvents();
    for (const offer of offers) this.#answer(offer);
  }

  async kill(): Promise<void> {
    const member = this.#member;
    await member?.kill();
    this.#wireBefore += this.wire;
    this.#member = undefined;
  }

  /** Waits until this is true, because of something told or of bytes that moved. */
  async until<T>(what: string, find: () => T | undefined | false): Promise<T> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      this.#readEvents();
      const found = find();
      if (found !== undefined && found !== false) return found;
      if (performance.now() > deadline) throw new Error(`${this.id}: ${what}\n${this.describe()}`);
      await delay(POLL_MS);
    }
  }

  transfer(transferId: string): Transfer | undefined {
    this.#readEvents();
    return this.#transfers.get(transferId);
  }

  /** Whether the process that runs was asked about this offer; its answer is on its way. */
  wasAsked(transferId: string): boolean {
    this.#readEvents();
    return this.#asked.has(transferId);
  }

  async completed(transferId: string): Promise<TransferResult> {
    const { state } = await this.until(`the end of ${transferId}`, () => {
      const transfer = this.transfer(transferId);
      return transfer !== undefined && isEnded(transfer) && transfer;
    });
    if (state.kind === 'completed') return state.result;
    throw new Error(`${this.id}: ${JSON.stringify(state)}\n${this.describe()}`);
  }

  #readEvents(): void {
    const events = this.#member?.events ?? [];
    for (; this.#read < events.length; this.#read++) this.#take(events[this.#read]);
  }

  #take(event: EngineEvent | undefined): void {
    if (event?.type === 'transfer') this.#transfers.set(event.transfer.transferId, event.transfer);
    if (event?.type === 'offer') this.#answer(event.offer);
  }

  #answer({ transferId }: IncomingOffer): void {
    if (this.#asked.has(transferId)) return;
    this.#asked.add(transferId);
    void this.#member?.ask({ do: 'answer', transferId, decision: this.decision });
  }

  /** What it was told last, for failures. */
  describe(): string {
    const { events = [], logs = [], stderr = '' } = this.#member ?? {};
    return [
      ...events.slice(-12).map((event) => JSON.stringify(event)),
      ...logs.filter((line) => !line.startsWith('wire ')).slice(-12),
      stderr,
    ].join('\n');
  }
}
