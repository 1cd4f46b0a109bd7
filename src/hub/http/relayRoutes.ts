import type { FastifyInstance } from 'fastify';
import type { Admissions } from '../relay/admissions';
import type { SocketRelay } from '../relay/socketRelay';
import { schemas } from './schemas';

export interface RelayParts {
  readonly admissions: Admissions;
  readonly socketRelay: SocketRelay;
}

/** Below the hub's address. */
export const RELAY_PATH = '/relay';

/** Who may use the blind relay, and the relay over WebSockets. */
export function relayRoutes(app: FastifyInstance, parts: RelayParts): void {
  const { admissions, socketRelay } = parts;

  app.post<{ Body: { key: string } }>(
    `${RELAY_PATH}/keys`,
    { schema: { body: schemas.relayKey } },
    async ({ body }) => {
      const key = body.key.toLowerCase();
      return { key, valid_ms: await admissions.register(key) };
    },
  );

  app.route({
    method: 'GET',
    url: RELAY_PATH,
    schema: { querystring: schemas.nothing },
    wsHandler: (socket, request) => {
      socketRelay.add(socket, request.ip);
    },
    handler: (_request, reply) =>
      reply.code(426).send({ error: 'The relay is a WebSocket: connect to /relay with one.' }),
  });
}
