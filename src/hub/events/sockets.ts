import type { WebSocket } from '@fastify/websocket';
import { startHeartbeat, type Heard } from '../heartbeat';
import type { HubLimits } from '../limits';
import type { HubEvent } from './eventLog';
import { matches, readClientMessage, type Subscription, type SubscriptionId } from './subscription';

/** RFC 6455, 7.4.1: the server goes away; clients connect again. */
const GOING_AWAY = 1001;
const TOO_LARGE = 1009;
/** How long a closing handshake may take before the socket is cut, milliseconds. */
const GOODBYE_MS = 500;

/** The sockets of this hub: who hears what, who is still there, who reads too slowly. */
export class Sockets {
  private readonly clients = new Map<WebSocket, Client>();
  private readonly heartbeat: NodeJS.Timeout;

  constructor(
    private readonly limits: HubLimits,
    private readonly log: (line: string) => void,
  ) {
    this.heartbeat = startHeartbeat(limits, this.clients);
  }

  add(socket: WebSocket): void {
    const client: Client = { subscriptions: new Map(), heard: true };
    this.clients.set(socket, client);
    socket.on('close', () => this.clients.delete(socket));
    // Broken frames and resets; `close` follows.
    socket.on('error', (error) => {
      this.log(`A socket broke: ${error.message}`);
    });
    socket.on('pong', () => {
      client.heard = true;
    });
    socket.on('message', (data, isBinary) => {
      client.heard = true;
      const bytes = Array.isArray(data) ? Infinity : data.byteLength;
      if (bytes > this.limits.socketMessageBytes) {
        socket.close(TOO_LARGE, 'The message is too large for this hub.');
      } else if (isBinary) this.send(socket, { type: 'error', error: 'Messages must be text.' });
      else this.answer(socket, client, textOf(data));
    });
    this.send(socket, { type: 'connected' });
  }

  tell(event: HubEvent): void {
    let text: string | undefined;
    for (const [socket, { subscriptions }] of this.clients) {
      // Several subscriptions that match are one listener, who hears an event once.
      if (![...subscriptions.values()].some((one) => matches(one, event))) continue;
      text ??= JSON.stringify(event);
      this.sendText(socket, text);
    }
  }

  /** Says goodbye to all and cuts who does not answer. */
  async close(): Promise<void> {
    clearInterval(this.heartbeat);
    const closing = [...this.clients.keys()].map(
      (socket) =>
        new Promise<void>((resolve) => {
          const timer = setTimeout(() => {
            socket.terminate();
          }, GOODBYE_MS);
          socket.once('close', () => {
            clearTimeout(timer);
            resolve();
          });
          socket.close(GOING_AWAY, 'The hub is stopping.');
        }),
    );
    await Promise.all(closing);
  }

  private answer(socket: WebSocket, client: Client, text: string): void {
    const message = readClientMessage(text);
    if ('error' in message) {
      this.send(socket, { type: 'error', error: message.error });
      return;
    }
    switch (message.type) {
      case 'ping':
        this.send(socket, { type: 'pong' });
        return;
      case 'unsubscribe':
        client.subscriptions.delete(message.id);
        this.send(socket, { type: 'unsubscribed', id: message.id });
        return;
      case 'subscribe': {
        const { subscription } = message;
        const isNew = !client.subscriptions.has(subscription.id);
        const limit = this.limits.subscriptionsPerSocket;
        if (isNew && client.subscriptions.size >= limit) {
          const error = `A socket may have at most ${String(limit)} subscriptions.`;
          this.send(socket, { type: 'error', error });
          return;
        }
        client.subscriptions.set(subscription.id, subscription);
        this.send(socket, { type: 'subscribed', id: subscription.id });
      }
    }
  }

  private send(socket: WebSocket, message: Readonly<Record<string, unknown>>): void {
    this.sendText(socket, JSON.stringify(message));
  }

  private sendText(socket: WebSocket, text: string): void {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > this.limits.socketBacklogBytes) {
      this.log('A socket does not read what it is sent and was dropped.');
      socket.terminate();
      return;
    }
    socket.send(text);
  }
}

interface Client extends Heard {
  readonly subscriptions: Map<SubscriptionId, Subscription>;
}

function textOf(data: Buffer | ArrayBuffer | Buffer[]): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.from(data).toString('utf8');
}
