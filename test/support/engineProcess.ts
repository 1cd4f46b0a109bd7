import { createInterface } from 'node:readline';
import type { Decision, OfferRequest, SourceRequest } from '../../src/core/engine';
import {
  converse,
  type ConversingCall,
  type ConversingParams,
} from '../../src/core/engine/conversing';
import type { EngineConfig } from '../../src/core/engineConfig';
import { toBeelineError, type ErrorData } from '../../src/core/errors';
import type { EngineEvent } from '../../src/core/events';
import { openEngine, type SharedEngine } from '../../src/service/openEngine';

/** What the program below is told, one JSON object a line. */
export type Command =
  | { readonly do: 'open'; readonly home: string; readonly config: EngineConfig }
  | { readonly do: 'offer'; readonly request: OfferRequest }
  | { readonly do: 'answer'; readonly transferId: string; readonly decision: Decision }
  | { readonly do: 'measure'; readonly source: SourceRequest }
  | { readonly do: 'cancel' | 'resume'; readonly transferId: string }
  | { readonly do: 'revokeGrant'; readonly grantId: string }
  | { readonly do: 'configure'; readonly config: EngineConfig }
  | { readonly do: 'block'; readonly actorId: string; readonly blocked: boolean }
  | { readonly do: 'pair'; readonly pairingId: string; readonly code?: string }
  | { readonly do: 'answerPairing'; readonly pairingId: string; readonly accept: boolean }
  | Converse
  | { readonly do: 'snapshot' | 'config' | 'isOwner' | 'stop' };

/** Any call of chats, calls and peers. */
type Converse = {
  [M in ConversingCall]: {
    readonly do: 'converse';
    readonly call: M;
    readonly params: ConversingParams<M>;
  };
}[ConversingCall];

/** What it says, likewise. */
export type Said =
  | { readonly say: 'ready' }
  | { readonly say: 'done'; readonly id: number; readonly result: unknown }
  | { readonly say: 'failed'; readonly id: number; readonly error: ErrorData }
  | { readonly say: 'event'; readonly event: EngineEvent }
  | { readonly say: 'log'; readonly line: string };

let engine: SharedEngine | undefined;

function say(what: Said): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

async function obey(command: Command): Promise<unknown> {
  if (command.do === 'open') {
    engine = await openEngine({
      home: command.home,
      config: command.config,
      version: '1.2.3',
      log: (line) => {
        say({ say: 'log', line });
      },
    });
    engine.onEvent((event) => {
      say({ say: 'event', event });
    });
    return engine.isOwner;
  }
  if (engine === undefined) throw new Error('no engine is open');
  switch (command.do) {
    case 'offer':
      return engine.offer(command.request);
    case 'answer':
      return engine.answer(command.transferId, command.decision);
    case 'measure':
      return engine.measure(command.source);
    case 'resume':
      return engine.resume(command.transferId);
    case 'revokeGrant':
      return engine.revokeGrant(command.grantId);
    case 'cancel':
      return engine.cancel(command.transferId);
    case 'configure':
      return engine.configure(command.config);
    case 'block':
      return engine.block(command.actorId, command.blocked);
    case 'pair':
      return command.code === undefined
        ? engine.invite(command.pairingId)
        : engine.join(command.pairingId, command.code);
    case 'answerPairing':
      return engine.answerPairing(command.pairingId, command.accept);
    case 'converse':
      return converse(engine, command.call, command.params);
    case 'snapshot':
      return engine.snapshot();
    case 'config':
      return engine.config();
    case 'isOwner':
      return engine.isOwner;
    case 'stop':
      return engine.stop();
  }
}

if (require.main === module) {
  createInterface({ input: process.stdin })
    .on('line', (line) => {
      const { id, ...command } = JSON.parse(line) as Command & { readonly id: number };
      obey(command).then(
        (result) => {
          say({ say: 'done', id, result });
        },
        (thrown: unknown) => {
          say({ say: 'failed', id, error: toBeelineError(thrown).toData() });
        },
      );
    })
    // Whoever started us is gone.
    .on('close', () => process.exit(0));
  say({ say: 'ready' });
}
