import type { CallModel, CallSnapshot } from './callModel';
import type { PageCall } from './callText';
import { Icon } from '../chat/Icon';

export const whyBrowser =
  'This editor does not let its panels use the microphone, camera or screen, so the call is ' +
  'carried by a page in your browser.';

/** Where the call is, when it is not in this page, and how it gets there or here. */
export function HeldElsewhere({ model, call, snapshot }: HeldElsewhereProps) {
  const openButton = (label: string) => (
    <button
      type="button"
      class="primary"
      onClick={() => {
        model.openInBrowser();
      }}
    >
      <Icon name="link-external" /> {label}
    </button>
  );
  switch (call.holder) {
    case 'browser':
      return (
        <div class="call-elsewhere">
          <p>The call is in your browser. From here you can watch it and hang up.</p>
        </div>
      );
    case 'elsewhere':
      return (
        <div class="call-elsewhere">
          <p>The call is in another window or terminal.</p>
          {snapshot.canCapture ? (
            <button
              type="button"
              onClick={() => {
                model.takeOver();
              }}
            >
              Take It Here
            </button>
          ) : (
            openButton('Open in Browser')
          )}
        </div>
      );
    case 'nobody':
    case 'here':
      return snapshot.canCapture ? null : (
        <div class="call-elsewhere">
          <p>{whyBrowser}</p>
          {openButton('Open in Browser')}
        </div>
      );
  }
}

interface HeldElsewhereProps {
  readonly model: CallModel;
  readonly call: PageCall;
  readonly snapshot: CallSnapshot;
}
