import type { JSX } from 'preact';
import type { PageChat } from '../../src/bridge/chatPage';
import { Icon } from './Icon';

/** What stands where nothing has been said yet: what one can do here. */
export function EmptyThread({ chat, keepsHistory }: EmptyThreadProps): JSX.Element {
  return (
    <div class="empty">
      <Icon name="comment-discussion" />
      <h2>
        Say something to <bdi>{chat.agentName}</bdi>
      </h2>
      <ul>
        <li>
          <kbd>Enter</kbd> sends, <kbd>Shift</kbd>+<kbd>Enter</kbd> begins a new line. Markdown and
          code blocks work.
        </li>
        <li>
          Drop files or folders here while you hold <kbd>Shift</kbd>, or pick them with the
          paperclip.
        </li>
        <li>Select code in an editor and choose Send Selection to Chat.</li>
        <li>Call with the buttons above, with or without video.</li>
      </ul>
      <p>
        Only the two of you can read this: messages are end-to-end encrypted, and wait on this
        machine while <bdi>{chat.agentName}</bdi> is offline.
        {!keepsHistory && ' What is said here is not kept on disk.'}
      </p>
    </div>
  );
}

interface EmptyThreadProps {
  readonly chat: PageChat;
  readonly keepsHistory: boolean;
}
