import { refusals } from './refusals';

/** @throws LINK_REFUSED for anything that is not to be opened in a browser or mail program */
export function checkedLink(href: string): string {
  const url = URL.canParse(href) ? new URL(href) : undefined;
  if (url === undefined || !opened.has(url.protocol)) throw refusals.link();
  return url.href;
}

const opened: ReadonlySet<string> = new Set(['http:', 'https:', 'mailto:']);
