import * as vscode from 'vscode';
import type { ApiKeys } from '../apiKeys';
import { originOf } from '../settings';
import { showBriefly } from '../views/messages';
import { askText } from '../views/quickInput';

/** Keeps an API key for the service that is configured now. */
export async function setApiKey(keys: ApiKeys, atsUrl: string): Promise<void> {
  const origin = originOf(atsUrl);
  if (origin === undefined) return sayNoService(atsUrl);
  const answer = await askText({
    title: 'Beeline: Set API Key',
    prompt: `For ${origin}. It is sent nowhere else.`,
    password: true,
    validate: (value) => (/^[\x21-\x7e]+$/.test(value) ? undefined : 'That is not an API key.'),
  });
  if (answer.kind !== 'value') return;
  await keys.set(origin, answer.value);
  showBriefly(`Beeline: the API key for ${origin} is kept.`);
}

export async function clearApiKey(keys: ApiKeys, atsUrl: string): Promise<void> {
  const origin = originOf(atsUrl);
  if (origin === undefined) return sayNoService(atsUrl);
  await keys.clear(origin);
  showBriefly(`Beeline: no API key is kept for ${origin}.`);
}

async function sayNoService(atsUrl: string): Promise<void> {
  await vscode.window.showErrorMessage(
    `An API key belongs to a service, and "${atsUrl}" is not the address of one. Correct beeline.atsUrl first.`,
  );
}
