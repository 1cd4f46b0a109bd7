import type { StateCore, Token } from 'markdown-it';

/**
 * An image would be loaded from wherever a stranger says, which tells that place who reads when. It
 * becomes a link with its description; inside of a link, only the description stays.
 */
export function imagesToLinks(state: StateCore): void {
  for (const block of state.tokens) {
    if (block.type !== 'inline' || block.children === null) continue;
    let depth = 0;
    const children: Token[] = [];
    for (const token of block.children) {
      if (token.type === 'link_open') depth += 1;
      if (token.type === 'link_close') depth -= 1;
      children.push(...(token.type === 'image' ? linkFor(state, token, depth > 0) : [token]));
    }
    block.children = children;
  }
}

function linkFor(state: StateCore, image: Token, isInLink: boolean): Token[] {
  const words = new state.Token('text', '', 0);
  words.content = `Image: ${image.content === '' ? (image.attrGet('src') ?? '') : image.content}`;
  if (isInLink) return [words];
  const open = new state.Token('link_open', 'a', 1);
  open.attrSet('href', image.attrGet('src') ?? '');
  return [open, words, new state.Token('link_close', 'a', -1)];
}
