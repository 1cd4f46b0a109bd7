import type { FastifyInstance } from 'fastify';
import { readActor } from '../actor';
import type { BootstrapNode } from '../bootstrapNode';
import type { Database } from '../database/database';
import type { Sockets } from '../events/sockets';
import { hostNameOf } from '../hostNames';
import type { Neighbours } from '../neighbours';
import { refusals } from '../refusal';
import type { BlindRelay } from '../relay/blindRelay';
import { isoTime } from '../tasks/taskRow';
import { RELAY_PATH } from './relayRoutes';
import { schemas } from './schemas';

export interface HubParts {
  readonly database: Database;
  readonly sockets: Sockets;
  readonly dht: BootstrapNode;
  readonly neighbours: Neighbours;
  readonly blindRelay: BlindRelay;
  readonly version: string;
}

/** What is the hub's own: health, what a client needs to know of it, and the WebSocket. */
export function hubRoutes(app: FastifyInstance, parts: HubParts): void {
  const { database, sockets, dht, neighbours, blindRelay, version } = parts;

  app.get('/health', { schema: { querystring: schemas.nothing } }, async () => {
    const rows = await database.query<{ timestamp: string }>(
      `select ${isoTime('clock_timestamp()')} as timestamp`,
    );
    if (rows[0] === undefined) throw refusals.databaseAway();
    return { status: 'ok', timestamp: rows[0].timestamp };
  });

  app.get('/.well-known/beeline', { schema: { querystring: schemas.nothing } }, async (request) => {
    const own = dht.addressFor(hostNameOf(request.headers.host ?? ''));
    // In the same order from every hub: clients make a new DHT node for a list they do not know.
    const bootstrap = [own, ...(await neighbours.addresses())].sort();
    const relay = { key: blindRelay.key, path: RELAY_PATH };
    return { ats: '/', bootstrap, relay, version };
  });

  app.route<{ Querystring: { actor_type?: string; actor_id?: string; actor_name?: string } }>({
    method: 'GET',
    url: '/ws',
    schema: { querystring: schemas.socket },
    // Before the upgrade, so that a wrong actor hears a sentence and not a closed socket.
    preHandler: (request, _reply, done) => {
      const { actor_type, actor_id, actor_name } = request.query;
      readActor(actor_type, actor_id, actor_name);
      done();
    },
    wsHandler: (socket) => {
      sockets.add(socket);
    },
    handler: (_request, reply) =>
      reply.code(426).send({ error: 'Events come over a WebSocket: connect to /ws with one.' }),
  });
}
