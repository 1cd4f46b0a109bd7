import type { RefObject } from 'preact';
import { useState } from 'preact/hooks';
import type { CallModel, CallSnapshot } from './callModel';
import { DeviceMenu } from './DeviceMenu';
import { Icon } from '../chat/Icon';
import { Level } from './Level';

/** What one does in a call. Hanging up is always there, wherever the call is held. */
export function CallControls({ model, snapshot, stage, isHere }: CallControlsProps) {
  const [hasMenu, setHasMenu] = useState(false);
  const { local, canShare, canFilm, page, picture, mirror } = snapshot;
  const remote = page?.call?.remote;
  const hasPicture =
    (picture ?? mirror) !== undefined && (remote?.video === true || remote?.screen === true);
  return (
    <>
      {hasMenu && local && isHere && <DeviceMenu model={model} local={local} />}
      <div class="call-controls" role="toolbar" aria-label="Call">
        {isHere && local && (
          <>
            <Control
              icon="mic"
              label={local.audio ? 'Mute' : 'Unmute'}
              isOff={!local.audio}
              onClick={() => {
                model.setMuted(local.audio);
              }}
            />
            {local.sound && <Level stream={local.sound} isMuted={!local.audio} />}
            {canFilm && (
              <Control
                icon="device-camera-video"
                label={local.video ? 'Turn Camera Off' : 'Turn Camera On'}
                isOff={!local.video}
                onClick={() => {
                  model.setCamera(!local.video);
                }}
              />
            )}
            {canShare && (
              <Control
                icon="device-desktop"
                label={local.screen ? 'Stop Sharing' : 'Share Screen'}
                isOn={local.screen}
                onClick={() => {
                  model.setSharing(!local.screen);
                }}
              />
            )}
            <Control
              icon="settings-gear"
              label="Devices"
              isOn={hasMenu}
              onClick={() => {
                setHasMenu(!hasMenu);
              }}
            />
          </>
        )}
        {hasPicture && document.fullscreenEnabled && (
          <Control
            icon="screen-full"
            label="Full Screen"
            onClick={() => {
              toggleFullScreen(stage.current);
            }}
          />
        )}
        {hasPicture && document.pictureInPictureEnabled && (
          <Control
            icon="multiple-windows"
            label="Picture in Picture"
            onClick={() => {
              togglePictureInPicture(stage.current);
            }}
          />
        )}
        <Control
          icon="call-outgoing"
          label="Hang Up"
          isDanger
          onClick={() => {
            model.hangUp();
          }}
        />
      </div>
    </>
  );
}

function Control({ icon, label, isOff, isOn, isDanger, onClick }: ControlProps) {
  const classes = ['call-control', isOff && 'off', isOn && 'on', isDanger && 'danger'];
  return (
    <button
      type="button"
      class={classes.filter(Boolean).join(' ')}
      title={label}
      aria-label={label}
      {...(isOn !== undefined && { 'aria-pressed': isOn })}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}

/** Refused by some browsers for reasons of their own; the call goes on as it was. */
function toggleFullScreen(stage: HTMLElement | null): void {
  const done =
    document.fullscreenElement === null ? stage?.requestFullscreen() : document.exitFullscreen();
  done?.catch(() => undefined);
}

function togglePictureInPicture(stage: HTMLElement | null): void {
  const video = stage?.querySelector<HTMLVideoElement>('.call-remote');
  if (document.pictureInPictureElement !== null) {
    document.exitPictureInPicture().catch(() => undefined);
  } else {
    video?.requestPictureInPicture().catch(() => undefined);
  }
}

interface CallControlsProps {
  readonly model: CallModel;
  readonly snapshot: CallSnapshot;
  readonly stage: RefObject<HTMLDivElement | null>;
  readonly isHere: boolean;
}

interface ControlProps {
  readonly icon: string;
  readonly label: string;
  readonly isOff?: boolean;
  readonly isOn?: boolean;
  readonly isDanger?: boolean;
  readonly onClick: () => void;
}
