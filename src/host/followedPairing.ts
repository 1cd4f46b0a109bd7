import * as vscode from 'vscode';
import type { PairingState } from '../core/events';
import { DisposableList } from './disposables';
import type { Session } from './session';

/** `gone`: the engine that held it is no more, so it ended without a word. */
export type FollowedState = PairingState | { readonly kind: 'gone' };

/** One pairing as it goes on, up to and including its end, which no snapshot keeps. */
export class FollowedPairing implements vscode.Disposable {
  private readonly held = new DisposableList();
  private readonly changed = this.held.add(new vscode.EventEmitter<void>());
  private current: FollowedState;
  private seen = false;

  constructor(
    private readonly session: Session,
    readonly pairingId: string,
    /** Until the engine has said more. ISO 8601. */
    expiresAt: string,
  ) {
    this.current = { kind: 'waiting', expiresAt };
    this.held.add(
      session.onDidHear((event) => {
        if (event.type !== 'pairing' || event.pairing.pairingId !== pairingId) return;
        this.become(event.pairing.state);
      }),
    );
    this.held.add(
      session.onDidChange(() => {
        this.look();
      }),
    );
    this.look();
  }

  get state(): FollowedState {
    return this.current;
  }

  /** Aborted as soon as the state is of another kind. */
  leaving(kind: FollowedState['kind']): AbortSignal {
    const left = new AbortController();
    const look = () => {
      if (this.current.kind !== kind) left.abort();
    };
    look();
    this.held.add(this.changed.event(look));
    return left.signal;
  }

  dispose(): void {
    this.become({ kind: 'gone' });
    this.held.dispose();
  }

  private look(): void {
    const found = this.session.snapshot.pairings.find(
      ({ pairingId }) => pairingId === this.pairingId,
    );
    if (found !== undefined) this.become(found.state);
    // Before it was seen, the engine may not have begun it yet.
    else if (this.seen) this.become({ kind: 'gone' });
  }

  private become(state: FollowedState): void {
    const { kind } = this.current;
    if (kind === 'paired' || kind === 'failed' || kind === 'gone') return;
    this.seen = true;
    this.current = state;
    this.changed.fire();
  }
}
