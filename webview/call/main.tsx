import { render } from 'preact';
import type { CallEvents, CallRequests } from '../../src/bridge/callPage';
import { openHost } from '../openHost';
import { sentenceOf } from '../hostError';
import { CallView } from './CallView';
import '@vscode/codicons/dist/codicon.css';
import './callPage.css';

/** The page in the browser: the call, and nothing else. */
async function main(root: HTMLElement): Promise<void> {
  const host = await openHost<CallRequests, CallEvents>();
  let hasEnded = false;
  host.on('call', ({ call }) => {
    hasEnded = call?.state.kind === 'ended';
  });
  render(<CallView host={host} isWholePage />, root);
  host.onClose((error) => {
    // How the call ended is shown already, and says more.
    if (hasEnded) return;
    // Whatever was captured is let go with the view.
    render(<Over sentence={sentenceOf(error)} />, root);
  });
}

function Over({ sentence }: { readonly sentence: string }) {
  return (
    <main class="call-over">
      <p role="status">{sentence}</p>
    </main>
  );
}

const root = document.getElementById('root') ?? document.body;
main(root).catch((error: unknown) => {
  render(<Over sentence={sentenceOf(error)} />, root);
});
