import type { MessageBody } from '../chatEvents';

/** Words of one search; more would only find less. */
const MAX_WORDS = 32;

/** Whether a text has all of these words, however they are written. */
export function searchWords(text: string): (body: MessageBody) => boolean {
  const words = folded(text)
    .split(/\s+/u)
    .filter((word) => word !== '')
    .slice(0, MAX_WORDS);
  if (words.length === 0) return () => false;
  return (body) => {
    if (body.kind === 'file') return false;
    const said = folded(body.kind === 'code' ? `${body.path}\n${body.text}` : body.text);
    return words.every((word) => said.includes(word));
  };
}

/** Upper case folds more than lower case does: both small sigmas, sharp s, ligatures. */
function folded(text: string): string {
  return text.normalize('NFKC').toUpperCase().normalize('NFKC');
}
