/** What a message may point to: ways that neither run anything nor open files of this machine. */
export function isSafeHref(href: string): boolean {
  try {
    return SCHEMES.includes(new URL(href).protocol);
  } catch {
    return false;
  }
}

const SCHEMES = ['http:', 'https:', 'mailto:'];

/**
 * Where a link really leads, when its words name another place: `https://bank.example` that leads
 * elsewhere, or letters of another script that look like it. Otherwise nothing.
 */
export function realPlace(words: string, href: string): string | undefined {
  const named = PLACE.exec(words.trim())?.[1]?.toLowerCase();
  if (named === undefined) return undefined;
  const address = new URL(href);
  const real =
    address.protocol === 'mailto:' ? (address.pathname.split('@')[1] ?? '') : address.host;
  const isSame = named === real || named === `www.${real}` || `www.${named}` === real;
  return isSame ? undefined : real;
}

/** Words that begin like an address: a scheme or not, perhaps a user, then names with dots. */
const PLACE =
  /^(?:[a-z][a-z0-9+.-]*:\/*)?(?:[^\s/@]*@)?([^\s/?#@]+\.[^\s/?#@.:]{2,}(?::\d+)?)(?=[/?#\s]|$)/iu;
