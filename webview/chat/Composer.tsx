import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { TypingTeller } from '../../src/bridge/typingTeller';
import { randomId } from '../randomId';
import { act, type ChatContext } from './chatContext';
import { IconButton } from './Icon';

/** Where messages are written. Enter sends, Shift+Enter begins a new line. */
export function Composer(props: ComposerProps): JSX.Element {
  const { context, agentName, draft, onDraft, onSent } = props;
  const { host, fail } = context;
  const [text, setText] = useState(draft);
  const input = useRef<HTMLTextAreaElement>(null);
  const typing = useTyping(context);
  useEffect(
    () =>
      host.on('focus', () => {
        input.current?.focus();
      }),
    [host],
  );
  useLayoutEffect(() => {
    const area = input.current;
    if (area === null) return;
    // Measured from nothing, so that it also becomes smaller again; the styles bound it.
    area.style.height = '0';
    area.style.height = `${String(area.scrollHeight + BORDERS)}px`;
  }, [text]);
  const change = (next: string): void => {
    setText(next);
    onDraft(next);
  };
  const send = (): void => {
    if (text.trim() === '') return;
    change('');
    typing.stopped();
    onSent();
    host.ask('send', { messageId: randomId(), text }).catch((error: unknown) => {
      fail(error);
      // What could not be sent comes back, before whatever was begun meanwhile.
      const begun = input.current?.value ?? '';
      change(begun === '' ? text : `${text}\n${begun}`);
    });
  };
  return (
    <div class="composer">
      <IconButton
        icon="attach"
        label="Send Files or a Folder…"
        onClick={() => {
          act(context, 'pickFiles', {});
        }}
      />
      <textarea
        ref={input}
        rows={1}
        value={text}
        placeholder={`Message ${agentName}`}
        aria-label={`Message to ${agentName}. Enter sends, Shift+Enter begins a new line.`}
        onInput={(event) => {
          const { value } = event.currentTarget;
          change(value);
          if (value === '') typing.stopped();
          else typing.typed();
        }}
        onKeyDown={(event) => {
          // While letters are being composed, Enter chooses among them.
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          send();
        }}
      />
      <IconButton icon="send" label="Send (Enter)" disabled={text.trim() === ''} onClick={send} />
    </div>
  );
}

interface ComposerProps {
  readonly context: ChatContext;
  readonly agentName: string;
  readonly draft: string;
  readonly onDraft: (text: string) => void;
  readonly onSent: () => void;
}

/** Pixels of the input's upper and lower border, which its scroll height leaves out. */
const BORDERS = 2;

function useTyping(context: ChatContext): TypingTeller {
  const [teller] = useState(
    () =>
      new TypingTeller((isTyping) => {
        // Whether it arrives is of no consequence, and not worth a sentence.
        context.host.ask('typing', { isTyping }).catch(() => undefined);
      }),
  );
  useEffect(
    () => () => {
      teller.stopped();
    },
    [teller],
  );
  return teller;
}
