import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { createAtsClient } from '../../../src/core/ats/client';
import { createEndpoint } from '../../../src/core/ats/endpoint';
import { openHubRelay } from '../../../src/core/ats/hubRelay';
import type { AtsClient } from '../../../src/core/ats/types';
import { withHub } from '../../support/withHub';
import { withScriptedAts } from './support/scriptedAts';

const TOKEN = 'correct-horse';
const actor = { type: 'agent', id: 'alice', name: 'Alice' } as const;

/** If one of these fails, agents without UDP do not meet, or wait for ever without a word. */
describe("the client at a hub's relays", () => {
  const hub = withHub({ token: TOKEN, limits: { relayWaitingPerAddress: 2, heartbeatMs: 100 } });
  const client = (apiKey: string | undefined = TOKEN): AtsClient =>
    createAtsClient({ url: hub.url, actor, apiKey });
  const streams: Duplex[] = [];

  afterEach(() => {
    for (const stream of streams.splice(0)) stream.destroy();
  });

  async function pair(): Promise<readonly [Duplex, Duplex]> {
    const token = randomBytes(32);
    const [low, high] = await Promise.all([
      client().openRelay(token, 'low'),
      client().openRelay(token, 'high'),
    ]);
    streams.push(low, high);
    return [low, high];
  }

  it('hears of both, registers its key, and is told when that is none', async () => {
    const info = await client().discover();
    assert.match(info?.relay?.key ?? '', /^[0-9a-f]{64}$/);
    assert.equal(info?.relay?.path, '/relay');
    await client().registerRelayKey(randomBytes(32).toString('hex'));
    await assert.rejects(client().registerRelayKey('nonsense'), { code: 'ATS_REFUSED' });
    const wrong = client('wrong').registerRelayKey(randomBytes(32).toString('hex'));
    await assert.rejects(wrong, { code: 'ATS_UNAUTHORIZED' });
  });

  it('has a stream of bytes, with writes larger than a message may be, that ends on both sides', async () => {
    const [low, high] = await pair();
    const sent = randomBytes(5_000_000);
    const heard: Buffer[] = [];
    high.on('data', (chunk: Buffer) => heard.push(chunk));
    const over = Promise.all([once(high, 'close'), once(low, 'close')]);
    low.resume();
    low.write(Buffer.alloc(0));
    low.end(sent);
    await over;
    assert.ok(Buffer.concat(heard).equals(sent));
  });

  it('does not read ahead of who uses the stream, and loses nothing', async () => {
    const [low, high] = await pair();
    const piece = randomBytes(64 * 1024);
    let sent = 0;
    // Nobody reads `high`: writing comes to a halt, after what the system takes.
    for (;;) {
      sent += piece.length;
      if (low.write(piece)) continue;
      const drained = await Promise.race([
        once(low, 'drain').then(() => true),
        new Promise<false>((resolve) => setTimeout(resolve, 500, false)),
      ]);
      if (!drained) break;
      assert.ok(sent < 100_000_000, 'everything was taken');
    }
    assert.ok(high.readableLength < 1_000_000);
    let heard = 0;
    await new Promise<void>((resolve) => {
      high.on('data', (chunk: Buffer) => {
        heard += chunk.length;
        if (heard === sent) resolve();
      });
    });
  });

  it('fails with PEER_LOST when the other side vanishes', async () => {
    const [low, high] = await pair();
    const failed = once(low, 'error');
    low.resume();
    high.destroy(new Error('as if its machine were gone'));
    high.on('error', () => undefined);
    const [error] = (await failed) as [{ code: string }];
    assert.equal(error.code, 'PEER_LOST');
  });

  it('waits until the signal, and leaves no place behind', async () => {
    for (let i = 0; i < 5; i++) {
      const ending = new AbortController();
      const waiting = client().openRelay(randomBytes(32), 'low', ending.signal);
      setTimeout(() => {
        ending.abort();
      }, 50);
      await assert.rejects(waiting, { code: 'CANCELLED' });
    }
    await assert.rejects(client().openRelay(randomBytes(32), 'low', AbortSignal.abort()), {
      code: 'CANCELLED',
    });
    await pair();
  });

  it('gives its place to a newer one of its own, and says so', async () => {
    const token = randomBytes(32);
    // Which of the two comes first at the hub is not ours to say.
    const both = [client().openRelay(token, 'low'), client().openRelay(token, 'low')];
    const refused = await Promise.race(
      both.map((one) => one.then(undefined, (error: unknown) => error)),
    );
    assert.equal((refused as { code: string }).code, 'ATS_CONFLICT');
    streams.push(await client().openRelay(token, 'high'), await Promise.any(both));
  });

  it('has a coded error for a wrong key, and for a relay that is full', async () => {
    const token = randomBytes(32);
    await assert.rejects(client('wrong').openRelay(token, 'low'), { code: 'ATS_UNAUTHORIZED' });
    const ending = new AbortController();
    const all = Array.from({ length: 5 }, () =>
      client().openRelay(randomBytes(32), 'low', ending.signal),
    );
    const full = await Promise.race(all.map((one) => one.then(undefined, (e: unknown) => e)));
    assert.equal((full as { code: string }).code, 'ATS_REFUSED');
    ending.abort();
    await Promise.allSettled(all);
  });
});

describe('the client at what is no relay', () => {
  it('has a coded error, and takes its key nowhere else', async () => {
    await withScriptedAts(async (ats) => {
      const client = createAtsClient({ url: ats.url, actor, apiKey: TOKEN });
      for (const [status, code] of [
        [404, 'ATS_NOT_FOUND'],
        [403, 'ATS_UNAUTHORIZED'],
        [302, 'ATS_BAD_ANSWER'],
        [503, 'ATS_REFUSED'],
      ] as const) {
        ats.refuseUpgrade = status;
        await assert.rejects(client.openRelay(randomBytes(32), 'low'), { code }, String(status));
      }
      const request = ats.requests.at(-1);
      assert.equal(request?.url.pathname, '/relay');
      assert.equal(request.headers.authorization, `Bearer ${TOKEN}`);
      assert.equal(request.url.search, '', 'the pair is named in no address');
      await ats.stop();
      await assert.rejects(client.openRelay(randomBytes(32), 'low'), { code: 'ATS_UNREACHABLE' });
    });
  });

  it('gives up on one that is silent', async () => {
    await withScriptedAts(async (ats) => {
      ats.deaf = true;
      const endpoint = createEndpoint(ats.url, actor, undefined);
      const open = openHubRelay(endpoint, { path: '/relay', silenceMs: 200 });
      await assert.rejects(open(randomBytes(32), 'low'), { code: 'ATS_UNREACHABLE' });
    });
  });

  it('believes no relay that another origin or nonsense would be', async () => {
    await withScriptedAts(async (ats) => {
      const client = createAtsClient({ url: ats.url, actor });
      const key = 'AB'.repeat(32);
      for (const [said, relay] of [
        [
          { key, path: '/relay' },
          { key: key.toLowerCase(), path: '/relay' },
        ],
        [
          { key, path: '/v2/relay' },
          { key: key.toLowerCase(), path: '/v2/relay' },
        ],
        [{ key, path: '//evil.example/relay' }, undefined],
        [{ key, path: 'https://evil.example/' }, undefined],
        [{ key, path: '@evil.example' }, undefined],
        [{ key, path: '/../relay' }, undefined],
        [{ key, path: '' }, undefined],
        [{ key: 'ab', path: '/relay' }, undefined],
        [{ key: 7, path: '/relay' }, undefined],
        ['nonsense', undefined],
        [null, undefined],
      ] as const) {
        ats.reply = (_request, response) => {
          response.end(JSON.stringify({ ats: '/', bootstrap: [], relay: said }));
          return true;
        };
        assert.deepEqual((await client.discover())?.relay, relay, JSON.stringify(said));
      }
    });
  });
});
