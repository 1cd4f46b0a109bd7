import { stat } from 'node:fs/promises';
import type { PublicConfig } from '../core/engine';
import type { ErrorData } from '../core/errors';
import { errors, fromData } from '../core/errors';
import { isEnded, type EngineEvent, type ServiceState } from '../core/events';
import { attend, type Attendance } from './chat/attendance';
import { ChatDesk } from './chat/chatDesk';
import type { ListenFlags } from './flags';
import { letGo, openHomeEngine } from './homeEngine';
import { OfferDesk } from './offerDesk';
import { displayText } from './output/displayText';
import type { Reporter } from './output/report';
import { withdraw } from './send';
import { isHopeless } from '../service/servicePatience';
import { withReporter, type Session } from './session';
import { TransferWatch } from './transferWatch';

/** `beeline listen`: receives until it is interrupted. */
export function listen(flags: ListenFlags, session: Session): Promise<number> {
  return withReporter(session, flags.json, async (reporter) => {
    if (flags.ask === true && !session.canAsk) {
      throw errors.configInvalid(
        '--ask needs a terminal to ask on. Use --allow ID to say beforehand whose files are accepted.',
      );
    }
    if (flags.onMessage !== undefined && flags.chat !== true) {
      throw errors.configInvalid('--on-message answers chats, so it needs --chat.');
    }
    session.interruption.endWithReader();
    const { engine, config, wanted } = await openHomeEngine(flags, session, reporter);
    if ((await stat(wanted.saveDirectory).catch(() => undefined))?.isDirectory() === false) {
      await letGo(engine);
      throw errors.folderUnusable(displayText(wanted.saveDirectory, 600), 'it is not a folder');
    }
    const watch = new TransferWatch(reporter);
    const desk = new OfferDesk(engine, watch, reporter, session, {
      policy: {
        allow: flags.allow,
        maxSize: flags.maxSize,
        ask: flags.ask === true,
        pairedOnly: flags.pairedOnly === true,
        update: flags.update === true,
        allowDelete: flags.allowDelete === true,
      },
      saveDirectory: wanted.saveDirectory,
    });
    const log = (line: string): void => {
      if (flags.verbose === true) session.err.line(displayText(line, 2000));
    };
    const chats =
      flags.chat === true
        ? new ChatDesk(engine, reporter, session, {
            ...(flags.onMessage !== undefined && { command: flags.onMessage }),
            log,
          })
        : undefined;
    let attendance: Attendance | undefined;
    const door = new Door(reporter, () => {
      reporter.tell(listeningReport(flags, config, wanted.saveDirectory));
    });
    // What happens before is told after the greeting, which says who it happens to.
    let early: EngineEvent[] | undefined = [];
    const take = (event: EngineEvent): void => {
      watch.take(event);
      desk.take(event);
      chats?.take(event);
    };
    const stopListening = engine.onEvent((event) => {
      if (event.type === 'service') door.take(event.service);
      if (event.type === 'moved') door.take(event.snapshot.service);
      if (early === undefined) take(event);
      else early.push(event);
    });
    try {
      const snapshot = await engine.snapshot();
      // The snapshot has what was told before it.
      early = [];
      door.take(snapshot.service);
      await Promise.race([door.answered, door.shut, session.interruption.happened]);
      for (const offer of snapshot.offers) desk.consider(offer);
      // What an earlier process of this home had begun and left to us is ours to report.
      if (engine.isOwner) {
        for (const transfer of snapshot.transfers) {
          if (transfer.direction !== 'receive' || isEnded(transfer)) continue;
          void watch.follow(transfer.transferId);
          watch.take({ type: 'transfer', transfer });
        }
      }
      if (chats !== undefined) {
        chats.begin(snapshot);
        attendance = await attend(engine, { chats: true, calls: false, open: [] }, log);
      }
      for (const event of early) take(event);
      early = undefined;
      const code = await Promise.race([session.interruption.happened, door.shut]);
      // What comes from paired agents stays in its journal, and goes on when this home is back.
      const lost = watch.running.filter((id) => watch.last(id)?.agent === undefined);
      await withdraw(engine, watch, Promise.resolve(), lost);
      await desk.settled();
      await attendance?.end();
      await chats?.close();
      return code;
    } finally {
      stopListening();
      await letGo(engine);
    }
  });
}

function listeningReport(
  flags: ListenFlags,
  config: PublicConfig,
  saveDir: string,
): Parameters<Reporter['tell']>[0] {
  const accepts = flags.ask === true ? 'asked' : flags.allow === undefined ? 'everyone' : 'allowed';
  return {
    event: 'listening',
    actorId: config.actorId,
    channel: config.channel,
    url: config.atsUrl,
    saveDir,
    accepts,
    ...(flags.allow === undefined ? {} : { allow: flags.allow }),
    ...(flags.maxSize === undefined ? {} : { maxSize: flags.maxSize }),
    ...(flags.pairedOnly === true && { pairedOnly: true as const }),
    ...(flags.update === true && { update: true as const }),
    ...(flags.allowDelete === true && { allowDelete: true as const }),
    ...(flags.chat === true && { chat: flags.onMessage === undefined ? 'told' : 'answered' }),
  };
}

/** Tells when the service is reached for the first time, and about its absences. */
class Door {
  /** Rejects when waiting cannot help, for instance when the API key is wrong. */
  readonly shut: Promise<never>;
  /** Resolves once it was said whether the service is there: either way there is no more to wait for. */
  readonly answered: Promise<void>;
  #shut: (error: Error) => void = () => undefined;
  #answer: () => void = () => undefined;
  #state: 'new' | 'open' | 'away' = 'new';
  #told: ErrorData | undefined;

  constructor(
    private readonly reporter: Reporter,
    private readonly onFirstOpen: () => void,
  ) {
    this.shut = new Promise((_, reject) => (this.#shut = reject));
    this.shut.catch(() => undefined);
    this.answered = new Promise((resolve) => (this.#answer = resolve));
  }

  take(service: ServiceState): void {
    if (service.kind === 'online') {
      if (this.#state === 'new') this.onFirstOpen();
      if (this.#state === 'away') this.reporter.note('The task service is back.');
      this.#state = 'open';
      this.#told = undefined;
      this.#answer();
    }
    if (service.kind !== 'unreachable') return;
    if (this.#state === 'new' && isHopeless(service.error)) {
      this.#shut(fromData(service.error));
      return;
    }
    if (this.#told?.message !== service.error.message) {
      this.#told = service.error;
      this.reporter.note(`${displayText(service.error.message, 600)} Trying again.`);
    }
    if (this.#state === 'open') this.#state = 'away';
    this.#answer();
  }
}
