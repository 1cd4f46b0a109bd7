import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Call } from '../../../src/core/callEvents';
import {
  openCallPage,
  type CallPageOptions,
  type CallPageServer,
} from '../../../src/pages/callPageServer';
import { entryOf, pairUp } from '../../support/pairUp';
import type { Agent, Engines } from '../../support/withEngines';
import type { BuiltPages } from './buildPages';

export interface Ringing {
  readonly amy: Agent;
  readonly ben: Agent;
  readonly callId: string;
}

export interface Calls {
  /** amy calls ben, whom it rings at. */
  ring(video?: boolean): Promise<Ringing>;
  /** Serves the page of a call; closed with the test. */
  serve(agent: Agent, callId: string, options?: Partial<CallPageOptions>): Promise<CallPageServer>;
}

/** Two paired agents of which one calls the other, and the servers of their pages. */
export function withCalls(engines: Engines, pages: BuiltPages): Calls {
  const servers: CallPageServer[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });
  return {
    async ring(video = true) {
      const options = { iceServers: [] };
      const [amy, ben] = [await engines.start('amy', options), await engines.start('ben', options)];
      await pairUp(amy, ben);
      const shellId = randomBytes(16).toString('hex');
      await ben.engine.attend({ shellId, chats: true, calls: true, open: [] });
      const callId = randomBytes(16).toString('hex');
      await amy.engine.call({ callId, kid: kidOf(amy, 'ben'), media: { video } });
      await ben.until('a call that rings', () => callOf(ben, callId));
      return { amy, ben, callId };
    },
    async serve(agent, callId, options = {}) {
      const { kid, name } = callOf(agent, callId)?.agent ?? assert.fail('no such call');
      const server = await openCallPage({
        engine: agent.engine,
        kid,
        callId,
        agentName: name,
        files: pages.folder,
        ringSound: false,
        log: (line) => agent.log.push(line),
        ...options,
      });
      servers.push(server);
      return server;
    },
  };
}

/** A call as an agent was last told of it. */
export function callOf(agent: Agent, callId: string): Call | undefined {
  const told = agent.events.findLast(
    (event) => event.type === 'calls' && event.calls.some((call) => call.callId === callId),
  );
  return told?.type === 'calls' ? told.calls.find((call) => call.callId === callId) : undefined;
}

function kidOf(agent: Agent, peerId: string): string {
  const kid = entryOf(agent, peerId)?.kid;
  assert.ok(kid !== undefined);
  return kid;
}
