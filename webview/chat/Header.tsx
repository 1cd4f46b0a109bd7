import type { JSX } from 'preact';
import type { PageChat } from '../../src/bridge/chatPage';
import { act, type ChatContext } from './chatContext';
import { Icon, IconButton } from './Icon';
import { Menu } from './Menu';
import { pathDetail, pathWords, wayOf } from './words';

/** Who this is with, how messages travel just now, and what else can be done. */
export function Header({ context, chat, isSearching, onSearch }: HeaderProps): JSX.Element {
  const { agentName } = chat;
  const kind = wayOf(chat);
  return (
    <header>
      <div class="bar">
        <h1 title={`${agentName}\n${chat.actorId}\nFingerprint ${chat.fingerprint}`}>
          <bdi>{agentName}</bdi>
        </h1>
        <IconButton
          icon="call-outgoing"
          label="Call"
          onClick={() => {
            act(context, 'startCall', { video: false });
          }}
        />
        <IconButton
          icon="device-camera-video"
          label="Call with Video"
          onClick={() => {
            act(context, 'startCall', { video: true });
          }}
        />
        <IconButton
          icon="search"
          label="Search (Ctrl+F)"
          aria-pressed={isSearching}
          onClick={onSearch}
        />
        <Menu
          label="More"
          items={[
            {
              label: 'Export History…',
              icon: 'export',
              run: () => {
                act(context, 'exportHistory', {});
              },
            },
            {
              label: 'Clear History…',
              icon: 'trash',
              run: () => {
                act(context, 'clearHistory', {});
              },
            },
          ]}
        />
      </div>
      <div class={`path is-${kind}`} role="status" title={pathDetail(chat)}>
        <Icon name={PATH_ICONS[kind]} spin={kind === 'connecting'} />
        <span>{pathWords(chat)}</span>
      </div>
    </header>
  );
}

interface HeaderProps {
  readonly context: ChatContext;
  readonly chat: PageChat;
  readonly isSearching: boolean;
  readonly onSearch: () => void;
}

const PATH_ICONS: Record<ReturnType<typeof wayOf>, string> = {
  trouble: 'warning',
  offline: 'circle-slash',
  connecting: 'sync',
  direct: 'arrow-swap',
  relayed: 'lock',
};
