import type { Carrier } from './host';

/** `postMessage` of a VS Code webview. The editor lets it be acquired once in a page's life. */
export function editorCarrier(): Carrier {
  const editor = acquireVsCodeApi();
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
    remembered: () => editor.getState(),
    remember: (state) => {
      editor.setState(state);
    },
  };
}
