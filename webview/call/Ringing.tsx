import type { CallModel, CallSnapshot } from './callModel';
import type { PageCall } from './callText';
import { Icon } from '../chat/Icon';
import { whyBrowser } from './HeldElsewhere';

/** Somebody calls: the three answers. */
export function Ringing({ model, call, snapshot }: RingingProps) {
  return (
    <div class="call-ringing">
      <p>{call.video ? 'A call with video.' : 'A call with sound only.'}</p>
      {!snapshot.canCapture && <p class="call-hint">{whyBrowser}</p>}
      <div class="call-answers">
        <button
          type="button"
          class="primary"
          onClick={() => {
            model.accept(true);
          }}
        >
          <Icon name="device-camera-video" /> Accept with Video
        </button>
        <button
          type="button"
          onClick={() => {
            model.accept(false);
          }}
        >
          <Icon name="mic" /> Accept with Audio Only
        </button>
        <button
          type="button"
          class="danger"
          onClick={() => {
            model.decline();
          }}
        >
          <Icon name="close" /> Decline
        </button>
      </div>
    </div>
  );
}

interface RingingProps {
  readonly model: CallModel;
  readonly call: PageCall;
  readonly snapshot: CallSnapshot;
}
