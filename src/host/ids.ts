/** Every id that package.json and the code share, once. A test compares the two. */

/** Commands a person can find. Contributed in package.json. */
export const commands = {
  setUp: 'beeline.setUp',
  sendToAgent: 'beeline.sendToAgent',
  showOffers: 'beeline.showOffers',
  showTransfers: 'beeline.showTransfers',
  blockedAgents: 'beeline.blockedAgents',
  setApiKey: 'beeline.setApiKey',
  clearApiKey: 'beeline.clearApiKey',
  showLog: 'beeline.showLog',
} as const;

/** Commands behind links in our own notifications. Not contributed, so no palette lists them. */
export const internalCommands = {
  answerNotice: 'beeline.answerNotice',
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
] as const;

export type SettingName = (typeof settingNames)[number];

/** Keys in the extension's own `globalState`. */
export const stateKeys = {
  recentAgents: 'recentAgents',
} as const;

/** The secret that holds the API key of one origin. */
export function apiKeySecret(origin: string): string {
  return `beeline.apiKey:${origin}`;
}

export const STATUS_BAR_ID = 'beeline.status';
