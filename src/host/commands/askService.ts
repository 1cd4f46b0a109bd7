import { DEFAULT_ATS_URL } from '../../core/engineConfig';
import { existingServices, type KnownService } from '../existingServices';
import { pickText } from '../text/displayText';
import { askPick, askText, type StepAnswer, type StepPlace } from '../views/quickInput';
import type { Service } from './setUp';

/** Which task service or hub: the one in use, one that is already configured, or another. */
export async function askService(
  place: StepPlace,
  current: Service,
  /** The hub that an invite names; offered first, since the other agent is there. */
  invitedTo?: string,
): Promise<StepAnswer<Service>> {
  const known = await knownServices(current, invitedTo);
  for (;;) {
    const answer = await askPick<KnownService | undefined>({
      ...place,
      placeholder: 'Which service introduces you to other agents?',
      items: [
        ...known.map((service) => ({
          label: pickText(service.url),
          description: service.description,
          value: service,
        })),
        { label: 'Enter an address…', description: 'of a hub or task service', value: undefined },
      ],
    });
    if (answer.kind !== 'value') return answer;
    const chosen =
      answer.value === undefined
        ? await enterAddress(place, current.url)
        : await confirmed(place, answer.value);
    if (chosen.kind !== 'back') return chosen;
  }
}

async function knownServices(
  current: Service,
  invitedTo: string | undefined,
): Promise<readonly KnownService[]> {
  const candidates: readonly KnownService[] = [
    ...(invitedTo === undefined
      ? []
      : [{ url: invitedTo, description: 'where the invite is from', saidBy: 'invite' as const }]),
    ...(current.url === DEFAULT_ATS_URL ? [] : [{ ...current, description: 'in your settings' }]),
    ...(await existingServices()),
    { url: DEFAULT_ATS_URL, description: 'the public service' },
  ];
  const urls = new Set<string>();
  return candidates.filter(({ url }) => {
    const fresh = isServiceAddress(url) && !urls.has(url);
    urls.add(url);
    return fresh;
  });
}

const STRANGERS = { project: 'the project that is open', invite: 'the invite' } as const;

/** A project's file or a link is somebody else's word about where a person's files are announced. */
async function confirmed(place: StepPlace, service: KnownService): Promise<StepAnswer<Service>> {
  if (service.saidBy === undefined) return { kind: 'value', value: service };
  const answer = await askPick<boolean>({
    ...place,
    placeholder: `This address comes from ${STRANGERS[service.saidBy]}, not from you.`,
    items: [
      {
        label: `Use ${pickText(service.url)}`,
        detail: 'It learns your agent id, and the names and sizes of what you send and receive.',
        value: true,
      },
      { label: 'Choose another', value: false },
    ],
  });
  if (answer.kind !== 'value') return answer;
  return answer.value ? { kind: 'value', value: service } : { kind: 'back' };
}

async function enterAddress(place: StepPlace, current: string): Promise<StepAnswer<Service>> {
  const answer = await askText({
    ...place,
    prompt: 'The address of a hub or task service.',
    value: current,
    placeholder: 'https://hub.example.org',
    validate: (value) =>
      isServiceAddress(value) ? undefined : 'Write an address like https://hub.example.org',
  });
  return answer.kind === 'value' ? { kind: 'value', value: { url: answer.value } } : answer;
}

function isServiceAddress(value: string): boolean {
  return URL.canParse(value) && ['http:', 'https:'].includes(new URL(value).protocol);
}
