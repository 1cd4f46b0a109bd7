import path from 'node:path';
import type { OfferRequest, SourceRequest } from '../engine';
import { DEFAULT_OFFER_LIFETIME_MS, isActorId } from '../engineConfig';
import { errors, type BeelineError } from '../errors';
import type { AgentRef } from '../events';
import { isTaken, type EngineShared } from './engineShared';
import type { OpenMode } from './openMode';
import type { PairedMode } from './paired/pairedMode';

/** A week: long enough for holidays, and what a timer can count. */
const MAX_OFFER_LIFETIME_MS = 7 * 24 * 60 * 60 * 1000;

export interface OfferingParts {
  readonly shared: EngineShared;
  readonly open: OpenMode;
  readonly paired: PairedMode | undefined;
  /** Whom an actor id belongs to, also where nothing can be sent to paired agents. */
  readonly pairedAs: (actorId: string) => AgentRef | undefined;
  /** Why nothing can. */
  readonly unpaired: () => BeelineError;
}

/** Offers as they are asked for: checked, begun once each, and in the mode that the recipient has. */
export class Offering {
  /** Calls that have not launched yet: repeated ones join them. */
  private readonly beginning = new Map<string, Promise<void>>();

  constructor(private readonly parts: OfferingParts) {}

  /** @throws CONFIG_INVALID and why the paths cannot be sent */
  async offer(request: OfferRequest): Promise<{ readonly transferId: string }> {
    const { shared } = this.parts;
    const { transferId } = request;
    checkOffer(request, shared.settings().actorId);
    if (!isTaken(shared, transferId)) {
      let beginning = this.beginning.get(transferId);
      if (beginning === undefined) {
        beginning = this.begin(request).finally(() => this.beginning.delete(transferId));
        this.beginning.set(transferId, beginning);
      }
      await beginning;
    }
    return { transferId };
  }

  /** Resolves when all that were asked for have launched, or could not. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.beginning.values());
  }

  /** A paired agent is never sent to in the open: there is no falling back. */
  private async begin(request: OfferRequest): Promise<void> {
    const { open, paired, pairedAs, unpaired } = this.parts;
    if (paired === undefined) {
      const isPaired = pairedAs(request.recipientId) !== undefined;
      if (isPaired || request.agent !== undefined) throw unpaired();
    }
    const agent = paired?.meant(request);
    if (agent === undefined) await open.begin(request);
    else await paired?.begin(request, agent);
  }
}

/** @throws CONFIG_INVALID */
export function checkSource({ paths }: SourceRequest): void {
  if (paths.length === 0) throw errors.configInvalid('There is nothing to send.');
  if (!paths.every((one) => path.isAbsolute(one))) {
    throw errors.configInvalid('The path must be absolute.');
  }
}

function checkOffer(request: OfferRequest, ownId: string): void {
  const { transferId, recipientId, offerLifetimeMs = DEFAULT_OFFER_LIFETIME_MS } = request;
  if (!/^[0-9a-f]{32}$/.test(transferId)) {
    throw errors.configInvalid('A transfer id is 32 hex digits.');
  }
  if (!isActorId(recipientId)) {
    throw errors.configInvalid(`"${recipientId}" cannot be an agent id.`);
  }
  if (request.agent === undefined && recipientId === ownId) {
    throw errors.configInvalid(`${recipientId} is this machine's own id. Send to another agent.`);
  }
  checkSource(request);
  if (!(offerLifetimeMs >= 1 && offerLifetimeMs <= MAX_OFFER_LIFETIME_MS)) {
    throw errors.configInvalid('An offer can stand for up to 7 days.');
  }
}
