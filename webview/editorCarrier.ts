import type { Carrier } from './host';

/** `postMessage` of a VS Code webview. The editor lets it be acquired once in a page's life. */
export function editorCarrier(): Carrier {
  const editor = acquireVsCodeApi();
  // The editor brings a panel back after a reload with what is kept here: whose it is comes first.
  const { panel } = document.body.dataset;
  const keep = (page: unknown): void => {
    editor.setState({ panel, page });
  };
  const kept = (): unknown => (editor.getState() as { readonly page?: unknown } | undefined)?.page;
  keep(kept());
  return {
    send: (message) => {
      editor.postMessage(message);
    },
    // The panel closes with its page, so nobody is left to be told.
    receive: (onMessage) => {
      window.addEventListener('message', (event: MessageEvent<unknown>) => {
        onMessage(event.data);
      });
    },
    remembered: kept,
    remember: keep,
  };
}
