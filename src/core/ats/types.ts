import type { Duplex } from 'node:stream';

/** What the task service says and hears, as far as Beeline relies on it. */

export type TaskStatus =
  'pending' | 'in_progress' | 'completed' | 'cancelled' | 'failed' | 'rejected';

export type ActorType = 'human' | 'agent' | 'system';

export interface Actor {
  readonly type: ActorType;
  readonly id: string;
  readonly name: string;
}

export interface Task {
  readonly id: number;
  readonly title: string;
  readonly description?: string | undefined;
  readonly status: TaskStatus;
  readonly type?: string | undefined;
  readonly channel?: string | undefined;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly outputs: readonly unknown[];
  /** Who made it. */
  readonly sourceId?: string | undefined;
  /** Who claimed it. */
  readonly assigneeId?: string | undefined;
  /** ISO 8601, by the service's clock. */
  readonly leaseExpires?: string | undefined;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** On a single get. */
  readonly messages?: readonly TaskMessage[] | undefined;
}

export interface TaskMessage {
  readonly id: number | string;
  readonly actorId?: string | undefined;
  readonly parts: readonly MessagePart[];
  readonly createdAt: string;
}

export interface MessagePart {
  readonly type: string;
  readonly content: unknown;
}

export type TaskEventType =
  | 'task.created'
  | 'task.claimed'
  | 'task.updated'
  | 'task.completed'
  | 'task.cancelled'
  | 'task.failed'
  | 'task.rejected'
  | 'task.reopened'
  | 'task.message'
  | 'task.lease_expired';

/**
 * Something happened to a task. `seen` is a task that catching up or polling found changed, where
 * nobody knows which events led there. The task is always a whole, validated snapshot.
 */
export interface TaskEvent {
  readonly type: TaskEventType | 'seen';
  readonly task: Task;
  /** Who did it, as the service says. */
  readonly actorId?: string | undefined;
  readonly message?: TaskMessage | undefined;
}

export interface NewTask {
  readonly title: string;
  readonly type: string;
  readonly channel: string;
  readonly description?: string;
  readonly priority?: number;
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface TaskQuery {
  readonly status?: TaskStatus;
  readonly type?: string;
  readonly channel?: string;
  readonly assigneeId?: string;
  readonly search?: string;
  readonly updatedAfter?: string;
  readonly sortBy?: 'created_at' | 'updated_at' | 'priority' | 'title';
  readonly sortDir?: 'asc' | 'desc';
  readonly limit?: number;
  readonly offset?: number;
}

/** What `/.well-known/beeline` says; absent on services that are not a Beeline hub. */
export interface HubInfo {
  /** Path or address of the task service, resolved against the hub's address. Same origin only. */
  readonly ats: string;
  /** `HOST:PORT` of DHT bootstrap nodes. */
  readonly bootstrap: readonly string[];
  /** Its relays: the public key of the one over UDP, 64 lower-case hex digits, and of the one over
   * WebSockets the path below the hub's address. Absent on older hubs. */
  readonly relay?: { readonly key: string; readonly path: string } | undefined;
}

/** Which half of a pair uses a relay; a hub joins opposite ones only. */
export type RelaySide = 'low' | 'high';

/**
 * Every call rejects with a BeelineError: ATS_UNREACHABLE, ATS_UNAUTHORIZED, ATS_NOT_FOUND,
 * ATS_CONFLICT (the task's status does not allow it), ATS_REFUSED, ATS_BAD_ANSWER, CANCELLED.
 */
export interface AtsClient {
  readonly url: string;
  readonly actor: Actor;
  discover(signal?: AbortSignal): Promise<HubInfo | undefined>;
  createTask(task: NewTask, signal?: AbortSignal): Promise<Task>;
  listTasks(query: TaskQuery, signal?: AbortSignal): Promise<readonly Task[]>;
  getTask(id: number, signal?: AbortSignal): Promise<Task>;
  /** Lease in milliseconds. */
  claim(id: number, leaseMs: number, signal?: AbortSignal): Promise<Task>;
  complete(id: number, outputs: readonly unknown[], signal?: AbortSignal): Promise<Task>;
  cancel(id: number, signal?: AbortSignal): Promise<Task>;
  fail(id: number, reason: string, signal?: AbortSignal): Promise<Task>;
  reject(id: number, reason: string, signal?: AbortSignal): Promise<Task>;
  addMessage(id: number, parts: readonly MessagePart[], signal?: AbortSignal): Promise<TaskMessage>;
  listMessages(id: number, signal?: AbortSignal): Promise<readonly TaskMessage[]>;
  /**
   * Lets this key use the hub's relay over UDP for an hour.
   * @param key 64 hex digits: the `defaultKeyPair` of the DHT node that connects to the relay
   */
  registerRelayKey(key: string, signal?: AbortSignal): Promise<void>;
  /**
   * Through the hub's relay over WebSockets to who opens the other side with the same 32 bytes.
   * Resolves when both are there, however long that takes; the signal ends the waiting only.
   * What is said in the stream has to be encrypted between the two.
   */
  openRelay(token: Buffer, side: RelaySide, signal?: AbortSignal): Promise<Duplex>;
}

/** The connection to the service as a shell shows it. */
export type WatchState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'online'; readonly via: 'socket' | 'polling' }
  | { readonly kind: 'unreachable'; readonly error: Error };

/**
 * Follows tasks of some channels and types: over the WebSocket, by polling where that is blocked.
 * After every gap it asks for what it missed by the service's own `updated_at`, with an overlap and
 * without doubles (a task is told once per `updated_at`), and tells it as `seen` events.
 * Messages of such a gap are not told: whoever needs them all lists them when a task is `seen`.
 */
export interface AtsWatcher {
  /** Begins with all open (`pending`, `in_progress`) tasks of the channels, told as `seen`. */
  start(): void;
  /** More or fewer channels; new ones are caught up like after a gap. */
  setChannels(channels: readonly string[]): void;
  readonly state: WatchState;
  /** Closes the socket and the timers; nothing is told after it resolves. */
  stop(): Promise<void>;
}

export interface AtsWatcherEvents {
  onEvent(event: TaskEvent): void;
  onState(state: WatchState): void;
}
