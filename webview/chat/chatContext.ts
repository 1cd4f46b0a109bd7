import type { ChatHost } from './chatHost';
import type { Highlights } from './highlights';

/** What every part of the page may use. */
export interface ChatContext {
  readonly host: ChatHost;
  readonly highlights: Highlights;
  /** Shows the sentence of what was thrown. */
  readonly fail: (error: unknown) => void;
}

/** Asks the host for something whose answer is that it was done. */
export function act<Method extends Actions>(
  { host, fail }: Pick<ChatContext, 'host' | 'fail'>,
  method: Method,
  params: Parameters<typeof host.ask<Method>>[1],
): void {
  host.ask(method, params).catch(fail);
}

type Actions =
  | 'pickFiles'
  | 'dropUris'
  | 'transferAction'
  | 'openCode'
  | 'openLink'
  | 'copy'
  | 'insertAtCursor'
  | 'openAsFile'
  | 'startCall'
  | 'exportHistory'
  | 'clearHistory'
  | 'typing'
  | 'read';
