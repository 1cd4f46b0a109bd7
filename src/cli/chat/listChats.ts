import type { Chat } from '../../core/chatEvents';
import { exitCodes } from '../exitCode';
import type { CommonFlags } from '../flags';
import { letGo, openHomeEngine } from '../homeEngine';
import type { ChatListedReport } from '../output/chatReport';
import { withReporter, type Session } from '../session';
import { otherOf, saidOf } from './said';

/** `beeline chats`: conversations with anything in them, the newest first. */
export function listChats(flags: CommonFlags, session: Session): Promise<number> {
  return withReporter(session, flags.json, async (reporter) => {
    const { engine } = await openHomeEngine(flags, session, reporter);
    try {
      const { chats } = await engine.snapshot();
      const used = chats.filter(({ last, unread, waiting }) => last ?? unread + waiting > 0);
      // An engine that was just started knows of no way yet.
      for (const chat of used) reporter.tell(listedReport(chat, !engine.isOwner));
      if (used.length === 0) reporter.note('Nothing was said yet. Begin with: beeline chat AGENT');
      return session.interruption.exitCode ?? exitCodes.done;
    } finally {
      await letGo(engine);
    }
  });
}

function listedReport(
  { agent, path, unread, waiting, last }: Chat,
  isWayKnown: boolean,
): ChatListedReport {
  return {
    event: 'chat',
    ...otherOf(agent),
    ...(isWayKnown && { path: path.kind }),
    unread,
    waiting,
    ...(last !== undefined && {
      last: { own: last.from === 'self', at: last.at, said: saidOf(last.body) },
    }),
  };
}
