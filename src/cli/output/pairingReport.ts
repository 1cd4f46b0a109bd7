import type { AgentChange } from '../flags';

/** What `pair` and `agents` tell. */
export type PairingReport =
  InviteReport | ConfirmReport | PairedReport | AgentReport | AgentChangedReport;

/** `pair` without a code: whoever is given this can pair, once. */
export interface InviteReport {
  readonly event: 'invite';
  readonly code: string;
  readonly link: string;
  /** ISO 8601, this machine's clock. */
  readonly expiresAt: string;
}

/** The other side has shown itself; both people compare and say whether they want this. */
export interface ConfirmReport {
  readonly event: 'confirm';
  readonly agent: AgentIdentity;
  /** This very identity is in the address book already. */
  readonly known: boolean;
  /** What the other side sees of us. */
  readonly self: OwnIdentity;
}

export interface PairedReport {
  readonly event: 'paired';
  readonly agent: AgentIdentity;
}

/** `agents`: one line for each. */
export interface AgentReport extends AgentIdentity {
  readonly event: 'agent';
  /** ISO 8601, this machine's clock. */
  readonly pairedAt: string;
  readonly lastSeenAt?: string;
  readonly online: boolean;
  /** How its link runs. */
  readonly via?: 'direct' | 'relay' | 'hub';
  readonly allowed: boolean;
  readonly blocked: boolean;
}

export interface AgentChangedReport {
  readonly event: 'changed';
  readonly change: AgentChange;
  readonly agent: AgentIdentity;
}

export interface OwnIdentity {
  readonly id: string;
  readonly kid: string;
  readonly fingerprint: string;
}

/** Its name, id and origin are its own words. */
export interface AgentIdentity {
  /** Its actor id. */
  readonly id: string;
  readonly name: string;
  readonly kid: string;
  readonly fingerprint: string;
  readonly origin: string;
}
