/** The type of a task that arranges a chat or a call between two paired agents. */
export const P2P_SESSION = 'p2p_session';

/** The type of a task that only records one that was arranged over the link. */
export const SESSION_AUDIT = 'session_audit';
