import { forwardRef } from 'preact/compat';
import type { CallSnapshot } from './callModel';
import type { PageCall } from './callText';
import { Icon } from '../chat/Icon';
import { StreamVideo } from './StreamVideo';

/** The other side large, our own small. */
export const Stage = forwardRef<HTMLDivElement, StageProps>(function Stage(
  { snapshot, call, hasSound },
  ref,
) {
  const { page, picture, screen, sound, mirror, local } = snapshot;
  const name = page?.agentName ?? '';
  const remote = call.remote;
  const isUp = call.state.kind === 'connected' || call.state.kind === 'reconnecting';
  // What the other side says it shows; a line is there all the time, black while nothing is shown.
  const shown =
    remote?.screen === true
      ? (screen ?? mirror)
      : remote?.video === true
        ? (picture ?? mirror)
        : undefined;
  return (
    <div class="call-stage" ref={ref}>
      {shown === undefined ? (
        <div class="call-nobody">
          <span class="call-initial" aria-hidden="true">
            {(Array.from(name)[0] ?? '?').toUpperCase()}
          </span>
          {isUp && remote !== undefined && (
            <span>{remote.video ? 'No picture here' : 'Camera off'}</span>
          )}
        </div>
      ) : (
        <StreamVideo
          key={remote?.screen === true ? 'screen' : 'camera'}
          class="call-remote"
          stream={shown}
          label={remote?.screen === true ? `Screen of ${name}` : `Picture of ${name}`}
        />
      )}
      {remote?.screen === true && remote.video && picture !== undefined && (
        <StreamVideo class="call-remote-small" stream={picture} label={`Picture of ${name}`} />
      )}
      {sound !== undefined && (
        <StreamVideo class="call-remote-sound" stream={sound} label="" isMuted={!hasSound} />
      )}
      {isUp && remote?.audio === false && (
        <span class="call-badge">
          <Icon name="mute" /> {name} is muted
        </span>
      )}
      {local?.preview !== undefined && (
        <div class="call-own">
          <StreamVideo
            class={local.screen ? 'call-own-screen' : 'call-own-camera'}
            stream={local.preview}
            label={local.screen ? 'Your screen, as the other side sees it' : 'Your own picture'}
          />
        </div>
      )}
    </div>
  );
});

interface StageProps {
  readonly snapshot: CallSnapshot;
  readonly call: PageCall;
  readonly hasSound: boolean;
}
