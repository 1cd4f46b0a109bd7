import { toBeelineError } from '../../core/errors';
import { newId } from '../../core/newId';
import type { SharedEngine } from '../../service/openEngine';

export interface Attendance {
  /** Says that nobody is here any more. */
  end(): Promise<void>;
}

/** Says that this terminal takes chats, or calls, and says it again to each next owner of the home. */
export async function attend(
  engine: SharedEngine,
  what: { readonly chats: boolean; readonly calls: boolean; readonly open: readonly string[] },
  log: (line: string) => void,
): Promise<Attendance> {
  const shellId = newId();
  const say = (said: typeof what): Promise<void> => engine.attend({ shellId, ...said });
  const failed = (thrown: unknown): void => {
    log(`attend: ${toBeelineError(thrown).message}`);
  };
  const stopListening = engine.onEvent((event) => {
    if (event.type === 'moved') say(what).catch(failed);
  });
  await say(what);
  return {
    end: async () => {
      stopListening();
      await say({ chats: false, calls: false, open: [] }).catch(failed);
    },
  };
}
