/**
 * What was typed, before anything else is looked at. A flag that is absent was not typed: flags
 * win over every file and variable, and only they may contradict an engine that already runs.
 */
export interface CommonFlags {
  readonly atsUrl?: string;
  readonly actorId?: string;
  readonly channel?: string;
  readonly bootstrap?: readonly string[];
  /** Keys of blind relays, 64 lower-case hex digits each. */
  readonly relay?: readonly string[];
  readonly directOnly?: boolean;
  /** A file of STUN and TURN servers; as typed, relative to the working folder. */
  readonly iceServers?: string;
  /** As typed; relative to the working folder. */
  readonly home?: string;
  /** Milliseconds. */
  readonly timeout?: number;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

export interface SendFlags extends CommonFlags {
  /** An actor id; of a paired agent also its name, or its key id or the beginning of that. */
  readonly to: string;
  /** Milliseconds an unanswered offer stands. */
  readonly expires?: number;
  /** Leaves out what `.gitignore` files ignore. */
  readonly gitignore?: boolean;
}

export interface SyncFlags extends CommonFlags {
  /** A paired agent: its actor id, name, or key id or the beginning of that. */
  readonly to: string;
  /** Also removes there what is removed here, where the other side allows it. */
  readonly delete?: boolean;
  readonly gitignore?: boolean;
  /** One round, and then the end. */
  readonly once?: boolean;
}

export interface ListenFlags extends CommonFlags {
  readonly saveDir?: string;
  /** Bytes. */
  readonly maxSize?: number;
  readonly allow?: readonly string[];
  readonly ask?: boolean;
  readonly pairedOnly?: boolean;
  /** Folders that the agent sent before are brought up to date instead of copied. */
  readonly update?: boolean;
  /** Syncs that are accepted may remove here what they removed on their side. */
  readonly allowDelete?: boolean;
  /** Takes chats too. */
  readonly chat?: boolean;
  /** A command of the person's shell that answers each message. */
  readonly onMessage?: string;
}

export interface ChatFlags extends CommonFlags {
  /** Messages from before, by number. */
  readonly history?: number;
}

export interface CallFlags extends CommonFlags {
  /** Without camera. */
  readonly audio?: boolean;
}

export interface PairFlags extends CommonFlags {
  /** Confirms whoever knows the code. */
  readonly yes?: boolean;
}

/** What `beeline agents` does to one of them; without any it lists them all. */
export type AgentChange = 'remove' | 'block' | 'unblock' | 'allow' | 'disallow';

export interface AgentsFlags extends CommonFlags {
  readonly yes?: boolean;
}

export type StatusFlags = CommonFlags;
export type ResumeFlags = CommonFlags;
export type GrantsFlags = CommonFlags;

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
  /** @param transferId an id or the beginning of one; undefined for all that is interrupted */
  resume(transferId: string | undefined, flags: ResumeFlags): Promise<number>;
  sync(path: string, flags: SyncFlags): Promise<number>;
  /** @param typed a paired agent */
  chat(typed: string, flags: ChatFlags): Promise<number>;
  chats(flags: CommonFlags): Promise<number>;
  /** @param typed a paired agent */
  call(typed: string, flags: CallFlags): Promise<number>;
  grants(flags: GrantsFlags): Promise<number>;
  revokeGrant(typed: string, flags: GrantsFlags): Promise<number>;
  /** @param code an invite as typed, `-` for standard input; undefined to make one */
  pair(code: string | undefined, flags: PairFlags): Promise<number>;
  agents(flags: AgentsFlags): Promise<number>;
  changeAgent(change: AgentChange, typed: string, flags: AgentsFlags): Promise<number>;
  /** @param transferId undefined for the home itself */
  status(transferId: string | undefined, flags: StatusFlags): Promise<number>;
  hub(flags: HubFlags): Promise<number>;
}
