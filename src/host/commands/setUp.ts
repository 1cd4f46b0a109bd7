import os from 'node:os';
import * as vscode from 'vscode';
import type { EngineConfig } from '../../core/engineConfig';
import { SETTINGS_SECTION, type SettingName } from '../ids';
import { proposeActorId, type Profile, type ServicePlace } from '../profile';
import type { ProfileStore } from '../profile';
import type { Session } from '../session';
import { originOf, saveFolder } from '../settings';
import { pickText } from '../text/displayText';
import { invalidActorId } from '../views/agentPick';
import { showBriefly } from '../views/messages';
import { askPick, askText, type StepAnswer } from '../views/quickInput';
import { askSaveFolder } from './askSaveFolder';
import { askService } from './askService';

export interface SettingUp {
  readonly session: Session;
  readonly profiles: ProfileStore;
}

/** What the steps have gathered so far; proposals until answered. */
interface Draft {
  readonly actorId: string;
  readonly service: Service;
  readonly saveDirectory: string;
  /** The hub that an invite names, when one was the reason to set up. */
  readonly invitedTo?: string;
}

export interface Service {
  readonly url: string;
  readonly place?: ServicePlace;
}

const TITLE = 'Set Up Beeline';
const TOTAL_STEPS = 4;

/**
 * Name, service, save folder, and a last look. Nothing is stored, and nothing connects, before the
 * last step is confirmed. Leaving at any step changes nothing.
 */
export async function setUp({ session, profiles }: SettingUp, invitedTo?: string): Promise<void> {
  const profile = await profiles.read();
  const draft = await ask({ ...propose(profile), ...(invitedTo !== undefined && { invitedTo }) });
  if (draft === undefined) return;
  await store(profiles, draft, profile);
  await session.refresh();
  if (session.state.kind === 'running') {
    showBriefly(`Beeline is set up. Others reach you as ${pickText(draft.actorId)}.`);
  }
}

type Step = (draft: Draft) => Promise<StepAnswer<Draft>>;

const steps: readonly Step[] = [askName, askServiceStep, askFolderStep, confirm];

async function ask(proposal: Draft): Promise<Draft | undefined> {
  let draft = proposal;
  for (let index = 0; ;) {
    const step = steps[index];
    if (step === undefined) return draft;
    const answer = await step(draft);
    if (answer.kind === 'stop') return undefined;
    if (answer.kind === 'value') draft = answer.value;
    index += answer.kind === 'back' ? -1 : 1;
  }
}

function propose(profile: Profile | undefined): Draft {
  const settings = vscode.workspace.getConfiguration(SETTINGS_SECTION);
  const text = (name: SettingName) => {
    const value = settings.get<unknown>(name);
    return typeof value === 'string' ? value : '';
  };
  const named = text('actorId');
  const known = named === '' ? profile?.actorId : named;
  return {
    actorId: known ?? proposeActorId(os.userInfo().username, os.hostname()),
    service: { url: text('atsUrl'), ...(profile?.place && { place: profile.place }) },
    saveDirectory: saveFolder(text('saveDirectory')),
  };
}

async function askName(draft: Draft): Promise<StepAnswer<Draft>> {
  const answer = await askText({
    title: TITLE,
    step: 1,
    totalSteps: TOTAL_STEPS,
    prompt: 'Your agent id: the name others send to. Everyone on the service can see it.',
    value: draft.actorId,
    validate: invalidActorId,
  });
  return into(answer, (actorId) => ({ ...draft, actorId }));
}

async function askServiceStep(draft: Draft): Promise<StepAnswer<Draft>> {
  const place = { title: TITLE, step: 2, totalSteps: TOTAL_STEPS };
  return into(await askService(place, draft.service, draft.invitedTo), (service) => ({
    ...draft,
    service,
  }));
}

async function askFolderStep(draft: Draft): Promise<StepAnswer<Draft>> {
  const place = { title: TITLE, step: 3, totalSteps: TOTAL_STEPS };
  const answer = await askSaveFolder(place, draft.saveDirectory);
  return into(answer, (saveDirectory) => ({ ...draft, saveDirectory }));
}

async function confirm(draft: Draft): Promise<StepAnswer<Draft>> {
  const answer = await askPick<boolean>({
    title: TITLE,
    step: TOTAL_STEPS,
    totalSteps: TOTAL_STEPS,
    placeholder: 'Beeline connects once you confirm',
    items: [
      {
        label: '$(check) Confirm and connect',
        detail: `As ${draft.actorId}, at ${draft.service.url}, saving to ${draft.saveDirectory}`,
        value: true,
      },
      { label: '$(arrow-left) Change something', value: false },
    ],
  });
  if (answer.kind !== 'value') return answer;
  return answer.value ? { kind: 'value', value: draft } : { kind: 'back' };
}

function into<T>(answer: StepAnswer<T>, put: (value: T) => Draft): StepAnswer<Draft> {
  return answer.kind === 'value' ? { kind: 'value', value: put(answer.value) } : answer;
}

/** Settings first: the profile is the permission to connect, with the settings as they are then. */
async function store(
  profiles: ProfileStore,
  draft: Draft,
  old: Profile | undefined,
): Promise<void> {
  await update('atsUrl', draft.service.url);
  await update('saveDirectory', draft.saveDirectory);
  const settings = vscode.workspace.getConfiguration(SETTINGS_SECTION);
  // A setting outranks the home's id, so one that says otherwise has to agree.
  const named = settings.get<string>('actorId');
  if (named !== '' && named !== draft.actorId) await update('actorId', draft.actorId);
  const { place } = draft.service;
  await profiles.write({
    actorId: draft.actorId,
    actorName: nameFor(draft.actorId, old),
    confirmedAt: new Date().toISOString(),
    ...(place?.origin === originOf(draft.service.url) && { place }),
  });
}

function nameFor(actorId: string, old: Profile | undefined): EngineConfig['actorName'] {
  return old?.actorId === actorId ? old.actorName : os.userInfo().username || actorId;
}

async function update(name: SettingName, value: string): Promise<void> {
  await vscode.workspace
    .getConfiguration(SETTINGS_SECTION)
    .update(name, value, vscode.ConfigurationTarget.Global);
}
