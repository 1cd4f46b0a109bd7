/**
 * What was typed, before anything else is looked at. A flag that is absent was not typed: flags
 * win over every file and variable, and only they may contradict an engine that already runs.
 */
export interface CommonFlags {
  readonly atsUrl?: string;
  readonly actorId?: string;
  readonly channel?: string;
  readonly bootstrap?: readonly string[];
  /** As typed; relative to the working folder. */
  readonly home?: string;
  /** Milliseconds. */
  readonly timeout?: number;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

export interface SendFlags extends CommonFlags {
  readonly to: string;
  /** Milliseconds an unanswered offer stands. */
  readonly expires?: number;
}

export interface ListenFlags extends CommonFlags {
  readonly saveDir?: string;
  /** Bytes. */
  readonly maxSize?: number;
  readonly allow?: readonly string[];
  readonly ask?: boolean;
}

export type StatusFlags = CommonFlags;

export interface HubFlags {
  readonly host?: string;
  readonly port?: number;
  readonly dhtPort?: number;
  /** Folder; in memory when absent. */
  readonly data?: string;
  readonly databaseUrl?: string;
  readonly token?: string;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

/** One function for each command; each gives the exit code. */
export interface Commands {
  send(paths: readonly string[], flags: SendFlags): Promise<number>;
  listen(flags: ListenFlags): Promise<number>;
  status(transferId: string, flags: StatusFlags): Promise<number>;
  hub(flags: HubFlags): Promise<number>;
}
