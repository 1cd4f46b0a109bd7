import DOMPurify from 'dompurify';
import MarkdownIt from 'markdown-it';
import { imagesToLinks } from './imagesToLinks';
import { isSafeHref, realPlace } from './links';
import { visibleText } from './visibleText';

export interface RenderedMarkdown {
  readonly fragment: DocumentFragment;
  /** Code stands in the fragment as an empty element, to be filled with its block. */
  readonly blocks: readonly CodeSlot[];
}

export interface CodeSlot {
  readonly slot: Element;
  readonly text: string;
  /** As written after the fence; empty when there was nothing. */
  readonly language: string;
}

/**
 * Markdown of the other side as elements that are safe to show: no HTML of its own, no images, links
 * to the web and to mail only. Twice over, because the words are a stranger's: markdown-it escapes
 * what it does not know, and DOMPurify lets through only what is listed below.
 */
export function renderMarkdown(text: string): RenderedMarkdown {
  const found: Block[] = [];
  const html = markdown.render(text, { found });
  // A few letters make a table of a hundred thousand cells, or thousands of blocks with buttons.
  if (html.length > MAX_HTML || found.length > MAX_BLOCKS)
    return { fragment: plainText(text), blocks: [] };
  const fragment = DOMPurify.sanitize(html, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ['href', ...PLAIN_ATTRIBUTES],
    // These are no addresses, which every other value must be.
    ADD_URI_SAFE_ATTR: PLAIN_ATTRIBUTES,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
    RETURN_DOM_FRAGMENT: true,
  });
  for (const link of fragment.querySelectorAll('a')) dressLink(link);
  const blocks = [...fragment.querySelectorAll('[data-block]')].flatMap((slot) => {
    const block = found[Number(slot.getAttribute('data-block'))];
    return block === undefined ? [] : [{ slot, ...block }];
  });
  return { fragment, blocks };
}

/** Characters of what is rendered; a message full of links has some 100,000. */
const MAX_HTML = 256 * 1024;
/** Blocks of code in one message. */
const MAX_BLOCKS = 200;

function plainText(text: string): DocumentFragment {
  const fragment = document.createDocumentFragment();
  const lines = document.createElement('p');
  for (const [index, line] of visibleText(text).split('\n').entries()) {
    if (index > 0) lines.append(document.createElement('br'));
    lines.append(line);
  }
  fragment.append(lines);
  return fragment;
}

type Block = Pick<CodeSlot, 'text' | 'language'>;

const PLAIN_ATTRIBUTES = ['align', 'start', 'data-block'];

const TAGS = [
  ...['p', 'br', 'hr', 'blockquote', 'ul', 'ol', 'li', 'div', 'a'],
  ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'em', 'strong', 's', 'code'],
  ...['table', 'thead', 'tbody', 'tr', 'th', 'td'],
];

const markdown = new MarkdownIt({ html: false, linkify: true, breaks: true });
// Only what is written as an address becomes one: `readme.md` is a file, not a place in Moldova.
markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });
markdown.validateLink = isSafeHref;
// A decoded address could show another one than it is.
markdown.normalizeLinkText = (address) => address;
markdown.core.ruler.after('inline', 'images_to_links', imagesToLinks);
markdown.renderer.rules['text'] = (tokens, index) => escaped(visibleText(contentOf(tokens, index)));
markdown.renderer.rules['code_inline'] = (tokens, index) =>
  `<code>${escaped(visibleText(contentOf(tokens, index)))}</code>`;
markdown.renderer.rules['fence'] = (tokens, index, _options, env) =>
  slotFor(env, contentOf(tokens, index), tokens[index]?.info ?? '');
markdown.renderer.rules['code_block'] = (tokens, index, _options, env) =>
  slotFor(env, contentOf(tokens, index), '');
for (const cell of ['th_open', 'td_open']) {
  // As an attribute, since a style in markup is what a strict policy refuses.
  markdown.renderer.rules[cell] = (tokens, index) => {
    const style = String(tokens[index]?.attrGet('style') ?? '');
    const align = /^text-align:(left|right|center)$/.exec(style)?.[1];
    return `<${cell.slice(0, 2)}${align === undefined ? '' : ` align="${align}"`}>`;
  };
}

function contentOf(tokens: readonly { readonly content: string }[], index: number): string {
  return tokens[index]?.content ?? '';
}

function escaped(text: string): string {
  return markdown.utils.escapeHtml(text);
}

function slotFor(env: unknown, content: string, info: string): string {
  const { found } = env as { readonly found: Block[] };
  const index = found.length;
  found.push({
    text: content.replace(/\n$/, ''),
    language: (info.trim().split(/\s+/u)[0] ?? '').slice(0, MAX_LANGUAGE),
  });
  return `<div data-block="${String(index)}"></div>`;
}

/** Characters of a language's name: it is a label, and asked of the host. */
const MAX_LANGUAGE = 40;

/**
 * The address moves out of `href`, which the editor and the browser would follow by themselves: who
 * clicks asks the host, which looks at it again.
 */
function dressLink(link: HTMLAnchorElement): void {
  const href = link.getAttribute('href');
  link.removeAttribute('href');
  if (href === null || !isSafeHref(href)) return;
  link.dataset['href'] = href;
  link.setAttribute('role', 'link');
  link.tabIndex = 0;
  link.title = visibleText(href);
  const real = realPlace(link.textContent, href);
  if (real !== undefined) link.append(` (${real})`);
}
