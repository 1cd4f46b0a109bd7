import type { PlacedTree } from '../../transfer/receivingTree';
import type { Ledger } from './ledger';

/** What `openReceivingTree` has to know. */
export interface ReceivingTreeOptions {
  /** 32 lower-case hex digits. */
  readonly transferId: string;
  /** Who sends: 64 lower-case hex digits. */
  readonly kid: string;
  readonly where: TreeDestination;
  /** The folder that `onStaging` told when this transfer began: it goes on there. */
  readonly staging?: string | undefined;
  /** Awaited before the folder is made, so that a journal knows of it first. */
  readonly onStaging: (staging: string) => Promise<void>;
  /** What this identity sent to a place here before: the target of an update, or what a copy begins with. */
  readonly basis?: Ledger | undefined;
  /** Bytes that are accepted at most. */
  readonly limit?: number | undefined;
  /**
   * Awaited once everything is in place and durable, before the staging folder is removed: a crash
   * before it resolves makes `place` say the same again, a crash after it finds this recorded.
   */
  readonly onPlaced?: ((placed: PlacedTree, ledger: Ledger) => Promise<void>) | undefined;
  readonly log?: ((line: string) => void) | undefined;
}

export type TreeDestination =
  /** A folder, created if absent; roots get their safe names in it, or the next free ones. */
  | { readonly kind: 'new'; readonly directory: string }
  /** The single root under exactly this path, or the next free one. */
  | { readonly kind: 'new'; readonly path: string }
  /**
   * The single root is brought up to date where it lies, as `basis` has it. When there is nothing
   * of its kind any more it becomes a new one there.
   */
  | {
      readonly kind: 'update';
      readonly target: string;
      /** The person has allowed removing. */
      readonly mayDelete: boolean;
      /** The sender wants what it removed to be removed here. */
      readonly wantsDelete: boolean;
    };
