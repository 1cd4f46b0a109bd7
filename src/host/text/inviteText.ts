import { readInvite } from '../../core/identity/invite';
import { toBeelineError } from '../../core/errors';
import { displayText } from './displayText';

/** A sentence when this is no invite. */
export function inviteProblem(text: string): string | undefined {
  try {
    readInvite(text);
    return undefined;
  } catch (error) {
    return toBeelineError(error).message;
  }
}

/** What to say while an invite is being typed; nobody is wrong only for not being done. */
export function typingHint(
  text: string,
): { readonly message: string; readonly wrong: boolean } | undefined {
  const message = text === '' ? undefined : inviteProblem(text);
  if (message === undefined) return undefined;
  const typed = text.replace(/[\s-]/g, '');
  // Links are pasted, so what is typed is a code.
  if (typed.length < CODE_CHARACTERS && /^[0-9a-z]*$/i.test(typed)) {
    return { message: `${String(typed.length)} of ${CODE_CHARACTERS} characters`, wrong: false };
  }
  return { message, wrong: true };
}

/** In 7 groups of 4. */
const CODE_CHARACTERS = 28;

/** What a `vscode://` link asks for. */
export interface PairLink {
  readonly code: string;
  /** Address of the hub that the invite was made with. */
  readonly hub?: string;
}

/**
 * The link that the editor was opened with, from its path and decoded query.
 * @throws INVITE_INVALID
 */
export function readPairLink(path: string, query: string): PairLink {
  const link = `vscode://beeline.beeline${path}?${query}`;
  const { hub } = readInvite(link);
  const code = new URL(link).searchParams.get('code') ?? '';
  return { code, ...(hub !== undefined && { hub }) };
}

/** What a person is told before a link may join anything. */
export function pairLinkQuestion(
  { hub }: PairLink,
  machine: { readonly hostname: string; readonly remote?: string },
  atsUrl: string,
): { readonly message: string; readonly detail: string } {
  const where =
    machine.remote === undefined
      ? displayText(machine.hostname)
      : `${displayText(machine.hostname)} (${displayText(machine.remote)})`;
  const other = hub !== undefined && originOf(hub) !== originOf(atsUrl);
  return {
    message: `A link asks to pair the Beeline on ${where} with another agent.`,
    detail: [
      'Go on only if you have the link from somebody you want to pair with. ' +
        'You compare fingerprints before anything is kept.',
      ...(other
        ? [
            `The invite was made at another service (${displayText(hub)}) than the one you use ` +
              `(${displayText(atsUrl)}). The two of you may not find each other; ` +
              'your service is not changed by this.',
          ]
        : []),
    ].join('\n\n'),
  };
}

function originOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).origin : undefined;
}
