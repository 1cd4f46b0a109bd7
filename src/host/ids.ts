/** Every id that package.json and the code share, once. A test compares the two. */

/** Commands a person can find. Contributed in package.json. */
export const commands = {
  setUp: 'beeline.setUp',
  pair: 'beeline.pair',
  sendToAgent: 'beeline.sendToAgent',
  showOffers: 'beeline.showOffers',
  showTransfers: 'beeline.showTransfers',
  resumeInterrupted: 'beeline.resume',
  blockedAgents: 'beeline.blockedAgents',
  setApiKey: 'beeline.setApiKey',
  clearApiKey: 'beeline.clearApiKey',
  chat: 'beeline.chat',
  call: 'beeline.call',
  callWithVideo: 'beeline.callWithVideo',
  hangUp: 'beeline.hangUp',
  sendSelection: 'beeline.sendSelection',
  clearChat: 'beeline.clearChatHistory',
  setTurnPassword: 'beeline.setTurnPassword',
  showLog: 'beeline.showLog',

  // On the rows of the views; the palette does not list them, because it has no row to give them.
  chatWithAgent: 'beeline.agent.chat',
  callAgent: 'beeline.agent.call',
  callAgentWithVideo: 'beeline.agent.callWithVideo',
  clearChatWithAgent: 'beeline.agent.clearChat',
  sendToThisAgent: 'beeline.agent.send',
  allowAgent: 'beeline.agent.allow',
  askAgain: 'beeline.agent.askAgain',
  blockAgent: 'beeline.agent.block',
  unblockAgent: 'beeline.agent.unblock',
  compareFingerprint: 'beeline.agent.compareFingerprint',
  removeAgent: 'beeline.agent.remove',
  revealGrant: 'beeline.grant.reveal',
  stopGrant: 'beeline.grant.stop',
  showPairing: 'beeline.pairing.show',
  cancelPairing: 'beeline.pairing.cancel',
  answerOffer: 'beeline.offer.answer',
  acceptOffer: 'beeline.offer.accept',
  acceptOfferTo: 'beeline.offer.acceptTo',
  acceptOfferRemoving: 'beeline.offer.acceptRemoving',
  updateFromOffer: 'beeline.offer.update',
  declineOffer: 'beeline.offer.decline',
  previewOffer: 'beeline.offer.preview',
  cancelTransfer: 'beeline.transfer.cancel',
  resumeTransfer: 'beeline.transfer.resume',
  sendAgain: 'beeline.transfer.sendAgain',
  openTransfer: 'beeline.transfer.open',
  revealTransfer: 'beeline.transfer.reveal',
  copyTransferError: 'beeline.transfer.copyError',
  copyTransferId: 'beeline.transfer.copyId',
} as const;

/** Those of them that only rows have. */
export function isRowCommand(command: string): boolean {
  return /^beeline\.(agent|grant|pairing|offer|transfer)\./.test(command);
}

/** The views of the container *Beeline* in the activity bar. */
export const VIEW_CONTAINER = 'beeline';
export const views = {
  agents: 'beeline.agents',
  transfers: 'beeline.transfers',
} as const;

/** Set by the code, read by `when` clauses in package.json. */
export const contextKeys = {
  /** A `SessionState`'s kind. */
  state: 'beeline.state',
  /** There is a paired agent to talk to. */
  hasAgents: 'beeline.hasAgents',
  /** A call rings out, or is on. */
  inCall: 'beeline.inCall',
  hasUnread: 'beeline.hasUnread',
} as const;

/** The kind of panel that holds a chat; the editor brings back those of it that were open. */
export const CHAT_PANEL = 'beeline.chat';

/** The path of `vscode://beeline.beeline/pair?code=…&hub=…`. */
export const PAIR_LINK_PATH = '/pair';

/** Commands behind links in our own notifications and items of the status bar. Not contributed, so no palette lists them. */
export const internalCommands = {
  answerNotice: 'beeline.answerNotice',
  followNoticeLink: 'beeline.followNoticeLink',
  showUnread: 'beeline.showUnread',
  showCall: 'beeline.showCall',
} as const;

export const SETTINGS_SECTION = 'beeline';

/** Setting names below `beeline.`. */
export const settingNames = [
  'atsUrl',
  'actorId',
  'channel',
  'saveDirectory',
  'allowedPeers',
  'autoAccept',
  'maxFileSize',
  'timeout',
  'bootstrap',
  'relays',
  'directOnly',
  'leaveOutIgnored',
  'iceServers',
  'keepChatHistory',
  'ringSound',
] as const;

export type SettingName = (typeof settingNames)[number];

/** Keys in what the editor remembers for the extension. */
export const stateKeys = {
  recentAgents: 'recentAgents',
  /** What was sent from where, so that it can be sent again. */
  sentPaths: 'sentPaths',
  /** The pairings that this window began; a window that reloads goes on with them. */
  pairings: 'pairings',
  /** Where dropped files lie while they are sent. */
  droppedFolders: 'droppedFolders',
} as const;

/** The secret that holds the API key of one origin. */
export function apiKeySecret(origin: string): string {
  return `beeline.apiKey:${origin}`;
}

/** The secret that holds the password of one TURN server, for one user there. */
export function turnSecret(server: string): string {
  return `beeline.turnPassword:${server}`;
}

export const STATUS_BAR_ID = 'beeline.status';
export const UNREAD_STATUS_BAR_ID = 'beeline.unread';
export const CALL_STATUS_BAR_ID = 'beeline.inCall';
