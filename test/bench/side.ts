import type { Contender, ContenderName, Link, SideReport, Timing } from './contender';
import { MemoryWatch } from './memoryWatch';

/** One process of a run: it is told what to be, does it, reports, and waits to be ended. */

export interface SideOrder {
  readonly contender: ContenderName;
  readonly role: 'send' | 'receive';
  readonly bytes: number;
  readonly count: number;
  readonly sourcePath: string;
  readonly targetFolder: string;
  readonly bootstrap: readonly string[];
  readonly hubUrl: string | undefined;
}

/** From the side to whoever runs it. */
export type SideWord =
  | { readonly kind: 'tell'; readonly word: string }
  | { readonly kind: 'report'; readonly report: SideReport }
  | { readonly kind: 'failed'; readonly reason: string };

/** To the side. */
export type OrderWord =
  | { readonly kind: 'order'; readonly order: SideOrder }
  | { readonly kind: 'hear'; readonly word: string };

class ParentLink implements Link {
  readonly #words: string[] = [];
  #waiting: ((word: string) => void) | undefined;

  tell(word: string): void {
    say({ kind: 'tell', word });
  }

  hear(): Promise<string> {
    const word = this.#words.shift();
    if (word !== undefined) return Promise.resolve(word);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  heard(word: string): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) this.#words.push(word);
    else waiting(word);
  }
}

const link = new ParentLink();

process.on('message', (word: OrderWord) => {
  if (word.kind === 'hear') link.heard(word.word);
  else obey(word.order).catch(fail);
});
// Whoever ran this is gone, in whatever way.
process.on('disconnect', () => process.exit());
process.on('uncaughtException', fail);

async function obey(order: SideOrder): Promise<void> {
  const contender = await load(order.contender);
  const memory = new MemoryWatch(order.count > 0 ? order.count : order.bytes);
  const run = {
    ...order,
    link,
    progress: (bytes: number) => {
      memory.progress(bytes);
    },
  };
  let timing: Timing | undefined;
  let received: string | undefined;
  if (order.role === 'send') timing = await contender.send(run);
  else received = await contender.receive(run);
  say({ kind: 'report', report: { timing, received, memory: memory.finish() } });
}

/** Only what takes part is loaded, so that the memory of a process is its own. */
async function load(name: ContenderName): Promise<Contender> {
  switch (name) {
    case 'raw':
      return (await import('./contenders/raw')).raw;
    case 'v1':
      return (await import('./contenders/v1')).v1;
    case 'v2-link':
      return (await import('./contenders/v2')).v2Link;
    case 'many-files':
      return (await import('./contenders/v2')).manyFiles;
    case 'delta':
      return (await import('./contenders/delta')).delta;
    case 'chat':
      return (await import('./contenders/chat')).chat;
    case 'chat-memory':
      return (await import('./contenders/chatMemory')).chatMemory;
    case 'call':
      return (await import('./contenders/call')).call;
    case 'hyperbeam':
      return (await import('./contenders/hyperbeam')).hyperbeam;
    case 'webrtc':
      return (await import('./contenders/webrtc')).webrtc;
  }
}

function say(word: SideWord): void {
  process.send?.(word);
}

function fail(thrown: unknown): void {
  say({ kind: 'failed', reason: thrown instanceof Error ? thrown.message : String(thrown) });
}
