import type { ErrorData } from '../core/errors';
import type { EngineEvent, Transfer } from '../core/events';
import type { About, Reporter } from './output/report';

/** How a followed transfer ended. */
export type Outcome =
  { readonly kind: 'completed' } | { readonly kind: 'failed'; readonly error: ErrorData };

interface Followed {
  /** The (first) path that was asked to be sent; a received file's path comes with its completion. */
  readonly path: string | undefined;
  readonly settle: (outcome: Outcome) => void;
  last: Transfer | undefined;
  /** Told, or not to be told. */
  offered: boolean;
  /** Told, and has not moved since. */
  interrupted: boolean;
}

/** Turns snapshots of the transfers this process began into reports, each told once. */
export class TransferWatch {
  readonly #followed = new Map<string, Followed>();

  constructor(private readonly reporter: Reporter) {}

  /** Ids that have not ended. */
  get running(): readonly string[] {
    return [...this.#followed.keys()];
  }

  /** What is known of a followed transfer. */
  last(transferId: string): Transfer | undefined {
    return this.#followed.get(transferId)?.last;
  }

  /**
   * Reports on this transfer from now on. The promise gives its end, and never rejects.
   * @param path what was asked to be sent
   */
  follow(
    transferId: string,
    path?: string,
    { tellsOffer = true }: { readonly tellsOffer?: boolean } = {},
  ): Promise<Outcome> {
    return new Promise((settle) => {
      this.#followed.set(transferId, {
        path,
        settle,
        last: undefined,
        offered: !tellsOffer,
        interrupted: false,
      });
    });
  }

  /** Stops following without a word, for instance because somebody else answered first. */
  drop(transferId: string): void {
    this.#end(transferId, { kind: 'completed' });
  }

  /** Stops following what was told to be interrupted: nothing more will come by itself. */
  leave(transferId: string, error: ErrorData): void {
    this.#end(transferId, { kind: 'failed', error });
  }

  /** Ends it with an error that the engine did not tell. */
  fail(transferId: string, error: ErrorData): void {
    const followed = this.#followed.get(transferId);
    if (followed === undefined) return;
    const about = followed.last === undefined ? {} : aboutOf(followed.last);
    this.reporter.tell({
      event: 'failed',
      transferId,
      ...about,
      ...(followed.path === undefined ? {} : { path: followed.path }),
      ...error,
    });
    this.#end(transferId, { kind: 'failed', error });
  }

  take(event: EngineEvent): void {
    if (event.type === 'transfer') this.#see(event.transfer);
    if (event.type === 'moved') {
      for (const transfer of event.snapshot.transfers) this.#see(transfer);
    }
  }

  #see(transfer: Transfer): void {
    const followed = this.#followed.get(transfer.transferId);
    if (followed === undefined) return;
    followed.last = transfer;
    this.#tellOffered(followed, transfer);
    const { state } = transfer;
    if (state.kind === 'transferring') {
      followed.interrupted = false;
      const { progress, via } = state;
      this.reporter.tell({
        event: 'progress',
        ...aboutOf(transfer),
        ...progress,
        ...(via === undefined ? {} : { via }),
      });
    }
    if (state.kind === 'interrupted' && !followed.interrupted) {
      followed.interrupted = true;
      this.reporter.tell({
        event: 'interrupted',
        ...aboutOf(transfer),
        ...state.error,
        resumes: state.resumes,
      });
    }
    if (state.kind === 'completed') {
      const { path, peerKey: _peerKey, ...result } = state.result;
      this.reporter.tell({
        event: 'completed',
        ...aboutOf(transfer),
        ...(transfer.taskId === undefined ? {} : { taskId: transfer.taskId }),
        path: path ?? followed.path ?? transfer.fileName,
        ...result,
        verified: transfer.agent !== undefined,
      });
      this.#end(transfer.transferId, { kind: 'completed' });
    }
    if (state.kind === 'failed') this.fail(transfer.transferId, state.error);
  }

  #tellOffered(followed: Followed, transfer: Transfer): void {
    const { agent, taskId, state } = transfer;
    // An offer to a paired agent stands once it is signed, whether the service knows of it or not.
    const stands = taskId !== undefined || (agent !== undefined && state.kind !== 'failed');
    if (followed.offered || !stands || transfer.direction !== 'send') return;
    followed.offered = true;
    this.reporter.tell({
      event: 'offered',
      transferId: transfer.transferId,
      ...(taskId === undefined ? {} : { taskId }),
      to: transfer.peerId,
      verified: agent !== undefined,
      ...(agent === undefined ? {} : { agent }),
      fileName: transfer.fileName,
      fileSize: transfer.fileSize,
      kind: transfer.kind,
      roots: transfer.roots,
      entries: transfer.entries,
      path: followed.path ?? transfer.fileName,
    });
  }

  #end(transferId: string, outcome: Outcome): void {
    const followed = this.#followed.get(transferId);
    this.#followed.delete(transferId);
    followed?.settle(outcome);
  }
}

export function aboutOf(transfer: Transfer): About {
  return {
    transferId: transfer.transferId,
    direction: transfer.direction,
    peer: transfer.peerId,
    ...(transfer.agent === undefined ? {} : { agent: transfer.agent }),
    fileName: transfer.fileName,
    kind: transfer.kind,
    roots: transfer.roots,
    entries: transfer.entries,
  };
}
