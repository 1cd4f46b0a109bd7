import assert from 'node:assert/strict';
import type { ToHost } from '../../../src/bridge/envelope';
import { hostOver, type Carrier } from '../../../webview/host';
import { HostError } from '../../../webview/hostError';

interface Requests {
  add: { readonly params: { readonly a: number; readonly b: number }; readonly result: number };
}
interface Events {
  tick: number;
}

/** The seam answers every question once, with its own answer, or says that nobody is there. */
describe('the seam between page and host', () => {
  it('gives each question its own answer, in whatever order they come', async () => {
    const { host, sent, say } = open();
    const first = host.ask('add', { a: 1, b: 2 });
    const second = host.ask('add', { a: 3, b: 4 });
    const [one, two] = sent;
    say({ kind: 'answer', id: two?.id, result: 7 });
    say({ kind: 'answer', id: one?.id, result: 3 });
    // A second answer to the same question changes nothing.
    say({ kind: 'answer', id: one?.id, result: 99 });
    assert.deepEqual(await Promise.all([first, second]), [3, 7]);
  });

  it('throws what the host refuses with, by code and sentence', async () => {
    const { host, say } = open();
    const asked = host.ask('add', { a: 1, b: 2 });
    say({ kind: 'refusal', id: 1, error: { code: 'NO', message: 'Not today.' } });
    await assert.rejects(asked, (error) => {
      assert.ok(error instanceof HostError);
      assert.deepEqual([error.code, error.message], ['NO', 'Not today.']);
      return true;
    });
  });

  it('passes over what is no message of the host', async () => {
    const { host, say } = open();
    const ticks: number[] = [];
    host.on('tick', (count) => ticks.push(count));
    const asked = host.ask('add', { a: 1, b: 2 });
    const strange = [null, 1, 'x', {}, [], { kind: 'answer' }, { kind: 'answer', id: '1' }];
    const wrong = [{ kind: 'refusal', id: 1 }, { kind: 'event' }, { kind: 'other', id: 1 }];
    for (const data of [...strange, ...wrong]) say(data);
    say({ kind: 'event', name: 'tick', data: 5 });
    say({ kind: 'event', name: '__proto__', data: 5 });
    say({ kind: 'answer', id: 1, result: 3 });
    assert.equal(await asked, 3);
    assert.deepEqual(ticks, [5]);
  });

  it('rejects what is pending when it closes, and what is asked afterwards', async () => {
    const { host, close } = open();
    const asked = host.ask('add', { a: 1, b: 2 });
    const told: string[] = [];
    host.onClose(({ code }) => told.push(code));
    const gone = new HostError({ code: 'CLOSED', message: 'Gone.' });
    close(gone);
    close(gone);
    await assert.rejects(asked, { code: 'CLOSED' });
    await assert.rejects(host.ask('add', { a: 1, b: 2 }), { code: 'CLOSED' });
    host.onClose(({ code }) => told.push(code));
    assert.deepEqual(told, ['CLOSED', 'CLOSED']);
  });

  it('no longer tells a listener that went, even while it is telling', () => {
    const { host, say } = open();
    const heard: string[] = [];
    const stop = host.on('tick', () => {
      heard.push('first');
      stop();
    });
    host.on('tick', () => heard.push('second'));
    say({ kind: 'event', name: 'tick', data: 1 });
    say({ kind: 'event', name: 'tick', data: 2 });
    assert.deepEqual(heard, ['first', 'second', 'second']);
  });
});

function open() {
  const sent: ToHost[] = [];
  let say: (message: unknown) => void = () => undefined;
  let close: (error: HostError) => void = () => undefined;
  const carrier: Carrier = {
    send: (message) => sent.push(message),
    receive: (onMessage, onClose) => {
      say = onMessage;
      close = onClose;
    },
    remembered: () => undefined,
    remember: () => undefined,
  };
  const host = hostOver<Requests, Events>(carrier);
  return { host, sent, say, close };
}
