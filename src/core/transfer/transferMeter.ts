import type { Progress } from '../events';
import type { PlanItem } from '../wire/v2Plan';
import type { Manifest } from './manifest';
import type { Plan } from './planReader';
import { ProgressMeter } from './progressMeter';

/**
 * The progress of a transfer file by file. What the plan says is here counts from the beginning, and
 * is set right when its file's turn comes.
 */
export class TransferMeter {
  readonly #manifest: Manifest;
  readonly #plan: Plan;
  readonly #meter: ProgressMeter;
  /** The file whose turn it is: what counts of it already. */
  #index = -1;
  #counted = 0;

  constructor(manifest: Manifest, plan: Plan, emit?: (progress: Progress) => void) {
    this.#manifest = manifest;
    this.#plan = plan;
    let here = 0;
    for (const index of plan.keys()) here += this.#hereOf(index);
    this.#meter = new ProgressMeter(manifest.bytes, emit, here);
  }

  /** A file begins, perhaps anew, with so many bytes that are here. */
  begin(index: number, here: number): void {
    if (this.#index !== index) {
      this.#index = index;
      this.#counted = this.#hereOf(index);
    }
    this.add(here - this.#counted);
  }

  /** So many more bytes of the file. */
  add(bytes: number): void {
    this.#counted += bytes;
    this.#meter.add(bytes);
  }

  /** The file is through, and has as many bytes as were added; the manifest may have said others. */
  end(): void {
    this.#meter.expect(this.#counted - (this.#manifest.entries[this.#index]?.size ?? 0));
  }

  finish(): void {
    this.#meter.finish();
  }

  close(): void {
    this.#meter.close();
  }

  #hereOf(index: number): number {
    const item = this.#plan.get(index);
    const size = this.#manifest.entries[index]?.size ?? 0;
    return item === undefined ? 0 : Math.min(bytesHere(item, size), size);
  }
}

/** Of blocks nobody knows yet. */
function bytesHere(item: PlanItem, size: number): number {
  if (item.kind === 'have') return size;
  return item.kind === 'prefix' ? (item.marks.at(-1)?.offset ?? 0) : 0;
}
