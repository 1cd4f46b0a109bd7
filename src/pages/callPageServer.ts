import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { loadPagePart } from './loadPagePart';
import type { CallEngine } from './callDesk';
import { CallPages } from './callPages';
import { CallPageSession } from './callPageSession';
import { CALL_PAGE_HTML, pageFiles, type PageFile } from './pageFiles';
import { PageGuard } from './pageGuard';
import { pageHeaders } from './pageHeaders';

export interface CallPageOptions {
  readonly engine: CallEngine;
  readonly kid: string;
  readonly callId: string;
  /** Made safe for display. */
  readonly agentName: string;
  /** Folder with what esbuild made of the page. */
  readonly files: string;
  /** Where a browser reaches this machine's address, for windows whose machine is another one. */
  readonly asExternal?: (url: string) => Promise<string>;
  readonly ringSound: boolean;
  /** So that the call's panel in this process and this page find each other. */
  readonly pages?: CallPages;
  readonly log: (line: string) => void;
  /** Something a person should know: somebody else had the link. */
  readonly onWarning?: (sentence: string) => void;
  /** Milliseconds; shorter ones are for tests. */
  readonly limits?: Partial<CallPageLimits>;
}

export interface CallPageLimits {
  /** A link that was not opened. */
  readonly tokenMs: number;
  /** A page that is gone: a reload takes a moment, an asleep laptop longer. */
  readonly goneMs: number;
  /** From the end of the call until what the page shows of it no longer needs us. */
  readonly lingerMs: number;
}

const LIMITS: CallPageLimits = { tokenMs: 60_000, goneMs: 60_000, lingerMs: 3000 };

export interface CallPageServer {
  /** To be opened in a browser, once. */
  readonly url: string;
  /** Resolves when the address is used up: a browser has opened it, or it is too late to. */
  readonly opened: Promise<void>;
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

/** Bytes of one message of the page: a sealed frame or a description, and its envelope. */
const MAX_MESSAGE = 128 * 1024;

/**
 * Serves the page of one call, for a browser, from this machine's loopback address: for editors whose
 * panels may capture nothing, and for terminals. It is there for one browser, and for this call.
 * @throws PART_MISSING when what serves is not installed
 */
export async function openCallPage(options: CallPageOptions): Promise<CallPageServer> {
  const { log, asExternal } = options;
  const limits = { ...LIMITS, ...options.limits };
  const [{ fastify }, { fastifyWebsocket }, files] = await Promise.all([
    loadPagePart('fastify', () => import('fastify')),
    loadPagePart('@fastify/websocket', () => import('@fastify/websocket')),
    pageFiles(options.files),
  ]);
  const app = fastify({ bodyLimit: 1024, forceCloseConnections: true });
  const session = new CallPageSession({
    ...options,
    pages: options.pages ?? new CallPages(),
    limits,
  });
  await app.register(fastifyWebsocket, {
    options: { maxPayload: MAX_MESSAGE, perMessageDeflate: false },
    preClose: (done) => {
      for (const socket of app.websocketServer.clients) socket.terminate();
      done();
    },
  });
  let guard = new PageGuard([]);
  app.addHook('onRequest', async (request, reply) => {
    const refusal = guard.refusal(request.headers, request.ws);
    if (refusal === undefined) return;
    log(`Call page: a request was refused (${refusal})`);
    await reply.code(403).type('text/plain; charset=utf-8').send(`${refusal}\n`);
  });
  serve(app, files, () => pageHeaders(guard.socketOrigins()));
  app.get('/socket', { websocket: true }, (socket) => {
    session.accept(socket);
  });

  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const local = `http://127.0.0.1:${String(port)}/`;
  const external = (await asExternal?.(local)) ?? local;
  guard = new PageGuard([local, external]);
  const page = new URL(external);
  page.hash = session.firstToken();

  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    closing ??= session.end('You can close this tab.').then(() => app.close());
    await closing;
  };
  const closed = session.over.then(close);
  return { url: page.href, opened: session.opened, closed, close };
}

function serve(
  app: FastifyInstance,
  files: ReadonlyMap<string, PageFile>,
  headers: () => Readonly<Record<string, string>>,
): void {
  app.get('/', async (_request, reply) =>
    reply.headers(headers()).type('text/html; charset=utf-8').send(CALL_PAGE_HTML),
  );
  app.get<{ Params: { name: string } }>('/:name', async (request, reply) => {
    const file = files.get(request.params.name);
    if (file === undefined) return reply.headers(headers()).code(404).send('');
    return reply.headers(headers()).type(file.type).send(file.bytes);
  });
  app.setNotFoundHandler(async (_request, reply) => reply.headers(headers()).code(404).send(''));
}
