import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import type { HubLimits } from '../limits';
import { loadPart } from '../parts';
import { answerErrors, answerTo, validationError } from './errorAnswers';
import type { Guard } from './guard';
import { hubRoutes, type HubParts } from './hubRoutes';
import { orgRoutes } from './orgRoutes';
import { relayRoutes, type RelayParts } from './relayRoutes';
import { taskRoutes, type TaskParts } from './taskRoutes';

export interface ServerParts extends HubParts, TaskParts, RelayParts {
  readonly guard: Guard;
  readonly limits: HubLimits;
  readonly log: (line: string) => void;
}

/** The hub's HTTP and WebSocket server, not yet listening. */
export async function buildServer(parts: ServerParts): Promise<FastifyInstance> {
  const { guard, limits, log, sockets, socketRelay } = parts;
  const { fastify } = await loadPart('fastify', () => import('fastify'));
  const { fastifyWebsocket } = await loadPart(
    '@fastify/websocket',
    () => import('@fastify/websocket'),
  );

  const app = fastify({
    bodyLimit: limits.bodyBytes,
    routerOptions: { ignoreTrailingSlash: true },
    ajv: { customOptions: { coerceTypes: true, removeAdditional: false, allowUnionTypes: true } },
    schemaErrorFormatter: validationError,
    frameworkErrors: (error: FastifyError, _request, reply) => {
      const { status, sentence } = answerTo(error);
      const answer = reply as unknown as FastifyReply;
      void answer.code(status).send({ error: sentence });
    },
  });
  await app.register(fastifyWebsocket, {
    // One number for all sockets: those that may say less look at it themselves.
    options: {
      maxPayload: Math.max(limits.socketMessageBytes, limits.relayMessageBytes),
      perMessageDeflate: false,
    },
    preClose: (done) => {
      void Promise.allSettled([sockets.close(), socketRelay.close()]).finally(() => {
        // Those that named no route of ours.
        for (const socket of app.websocketServer.clients) socket.terminate();
        done();
      });
    },
  });
  // Upgrades pass through here as well. After the plugin's own hook, which marks them: the plugin
  // ends a refused upgrade's connection only when it is marked.
  app.addHook('onRequest', (request, _reply, done) => {
    guard.check(request.headers);
    done();
  });
  answerErrors(app, log);
  acceptEmptyBodies(app);
  hubRoutes(app, parts);
  orgRoutes(app, parts.orgs);
  taskRoutes(app, parts);
  relayRoutes(app, parts);
  return app;
}

/**
 * ATS clients say `Content-Type: application/json` on every request and send no body where they
 * have nothing to say. No body is an empty object; where fields are required it is told so.
 */
function acceptEmptyBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) done(null, {});
    else void parse(request, body as string, done);
  });
  app.addHook('preValidation', (request, _reply, done) => {
    request.body ??= {};
    done();
  });
}
