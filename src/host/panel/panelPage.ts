/** What the page of a panel is made of, as addresses that its frame can load. */
export interface PanelPageParts {
  /** The frame's own word for where its resources come from. */
  readonly cspSource: string;
  readonly script: string;
  readonly style: string;
  /** By chance, anew for every page. */
  readonly nonce: string;
  /** Key id of the agent: the editor hands it back when a window was reloaded. */
  readonly kid: string;
}

/**
 * The document of a chat panel. Everything in it is ours: no word of a peer is ever put into HTML
 * here. Scripts run only with the nonce, styles only from our folder, nothing is loaded from a net,
 * and nothing can be framed, posted or navigated to.
 */
export function panelPage({ cspSource, script, style, nonce, kid }: PanelPageParts): string {
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${cspSource}`,
    `font-src ${cspSource}`,
    `img-src ${cspSource} data:`,
    `media-src ${cspSource} blob: mediastream:`,
    "connect-src 'none'",
    "form-action 'none'",
    "base-uri 'none'",
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="UTF-8" />
    <meta http-equiv="Content-Security-Policy" content="${attribute(policy)}" />
    <meta name="viewport" content="width=device-width, initial-scale=1.0" />
    <link rel="stylesheet" href="${attribute(style)}" />
    <title>Chat</title>
  </head>
  <body data-panel="${attribute(kid)}">
    <script nonce="${attribute(nonce)}" src="${attribute(script)}"></script>
  </body>
</html>
`;
}

/** The agent of a panel, as its page keeps it for the time after a reload. */
export function kidIn(state: unknown): string | undefined {
  if (typeof state !== 'object' || state === null || !('panel' in state)) return undefined;
  const { panel } = state;
  return typeof panel === 'string' && /^[0-9a-f]{64}$/.test(panel) ? panel : undefined;
}

function attribute(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
