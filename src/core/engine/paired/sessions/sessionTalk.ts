import { toBeelineError } from '../../../errors';
import type { SignedMessage } from '../../../identity/signedMessage';
import type { Link } from '../../../swarm/links';
import type { MessageChannel } from '../../../transfer/messageChannel';
import {
  decodeSessionMessage,
  encodeSessionMessage,
  SessionType,
  type SessionMessage,
} from '../../../wire/sessionLink';

/** What somebody takes just now. */
export interface Available {
  readonly chats: boolean;
  readonly calls: boolean;
}

export interface SessionTalkHooks {
  onRequest(talk: SessionTalk, request: SignedMessage): void;
  onAnswer(talk: SessionTalk, answer: SignedMessage): void;
  onFrame(talk: SessionTalk, id: string, frame: Buffer): void;
  onUnknown(talk: SessionTalk, id: string): void;
  onAvailable(talk: SessionTalk, available: Available): void;
}

/** Messages that wait because the link is slower than what is said; then frames wait elsewhere. */
const MAX_WAITING = 512;

/** The `beeline/session` channel of one link. A message that breaks the protocol ends the link. */
export class SessionTalk {
  /** What the other side takes, once it has said so: from then on it is asked over this link. */
  available: Available | undefined;
  private waiting = 0;

  constructor(
    readonly link: Link,
    private readonly channel: MessageChannel,
    private readonly hooks: SessionTalkHooks,
    private readonly log: (line: string) => void,
  ) {
    void this.listen();
  }

  get kid(): string {
    return this.link.kid;
  }

  say(message: SessionMessage): void {
    if (this.waiting >= MAX_WAITING) return;
    const room = this.channel.send(message.type, encodeSessionMessage(message));
    if (room === undefined) return;
    this.waiting += 1;
    const settled = (): void => {
      this.waiting -= 1;
    };
    // What does not get through is said again by its stream, or on the next link.
    room.then(settled, settled);
  }

  private async listen(): Promise<void> {
    try {
      for (;;) {
        const next = await this.channel.receive();
        if (next === null) return;
        this.hear(decodeSessionMessage(next.type, next.payload));
      }
    } catch (thrown) {
      this.log(`sessions of ${this.kid.slice(0, 16)}: ${toBeelineError(thrown).message}`);
      this.link.close();
    }
  }

  private hear(message: SessionMessage): void {
    const { hooks } = this;
    switch (message.type) {
      case SessionType.request:
        hooks.onRequest(this, message.request);
        return;
      case SessionType.answer:
        hooks.onAnswer(this, message.answer);
        return;
      case SessionType.frame:
        hooks.onFrame(this, message.id, message.frame);
        return;
      case SessionType.unknown:
        hooks.onUnknown(this, message.id);
        return;
      case SessionType.available:
        this.available = message.available;
        hooks.onAvailable(this, message.available);
        return;
    }
  }
}
