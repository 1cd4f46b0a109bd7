import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { openIdentity } from '../../../../src/core/identity/identityFile';
import { attend, kidOfAgent, said, say, withoutLinks } from '../../../support/talking';
import { wiretap, type Wiretap } from '../../../support/wiretap';
import { withEngines } from '../../../support/withEngines';
import { withHub } from '../../../support/withHub';

/** What an agent says, shows and is, in each form in which somebody could have written it down. */
function formsOf(secret: string | Buffer): Buffer[] {
  const bytes = Buffer.from(secret);
  const base64 = bytes.toString('base64').replace(/=+$/, '');
  // Within something longer, base64 begins at any of three places: its middle shows all the same.
  const shifted = [1, 2].map((by) =>
    Buffer.concat([Buffer.alloc(by), bytes])
      .toString('base64')
      .slice(4, -4),
  );
  return [
    bytes,
    Buffer.from(bytes.toString('hex')),
    Buffer.from(bytes.toString('hex').toUpperCase()),
    ...[base64.slice(0, -1), ...shifted].map((text) => Buffer.from(text)),
    ...[base64.slice(0, -1), ...shifted].map((text) =>
      Buffer.from(text.replaceAll('+', '-').replaceAll('/', '_')),
    ),
  ];
}

async function everythingIn(dataDir: string): Promise<Buffer> {
  const database = new PGlite(dataDir);
  try {
    const { rows } = await database.query<{ schema: string; name: string }>(
      `SELECT table_schema AS schema, table_name AS name FROM information_schema.tables
       WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`,
    );
    assert.ok(rows.length > 2, 'the hub has tables');
    const texts: string[] = [];
    for (const { schema, name } of rows) {
      const table = await database.query<{ line: string }>(
        `SELECT row_to_json(one)::text AS line FROM "${schema}"."${name}" AS one`,
      );
      texts.push(...table.rows.map(({ line }) => line));
    }
    return Buffer.from(texts.join('\n'));
  } finally {
    await database.close();
  }
}

/** If this fails, the task service can read along, or learns where people are. */
describe('what the task service sees of a chat and a call', function () {
  this.timeout(180_000);
  let folder = '';
  let tap: Wiretap;
  const hub = withHub(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'beeline-sees-'));
    return { dataDir: path.join(folder, 'data') };
  });
  const engines = withEngines(hub);
  after(() => rm(folder, { recursive: true, force: true }));

  it('has no word of text, no SDP, no address and no key', async () => {
    tap = await wiretap(hub.url);
    const [alice, bob] = await withoutLinks(engines, tap);
    await Promise.all([attend(alice), attend(bob)]);
    const words = ['the swan flies at midnight', 'bring the green umbrella'] as const;
    await say(alice, bob, words[0]);
    await bob.until('the words', () => said(bob).includes(words[0]));
    await say(bob, alice, words[1]);
    await alice.until('the answer', () => said(alice).includes(words[1]));

    const callId = randomBytes(16).toString('hex');
    const kid = await kidOfAgent(alice, bob);
    await alice.engine.call({ callId, kid, media: { video: true } });
    const inState = (kind: string): boolean =>
      bob.events.some(
        (event) => event.type === 'calls' && event.calls.some(({ state }) => state.kind === kind),
      );
    await bob.until('the ringing', () => inState('ringing'));
    const decision = { kind: 'accept', media: { video: true } } as const;
    await bob.engine.answerCall({ callId, decision });
    const [one, other] = [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')];
    const to = { kind: 'call', callId } as const;
    await alice.engine.attachPeer({ peerId: one, to });
    await bob.engine.attachPeer({ peerId: other, to });
    const got = (kind: string): boolean =>
      [...alice.events, ...bob.events].some(
        (event) => event.type === 'peer' && event.order.kind === kind,
      );
    const isTold = (): boolean =>
      alice.events.some((event) => event.type === 'peer' && event.order.kind === 'remote');
    await alice.until('the other peer', isTold);
    const fingerprint = randomBytes(32);
    const printed = fingerprint.toString('hex').toUpperCase().match(/../g)?.join(':') ?? '';
    const sdp = [
      'v=0',
      'o=- 4611731400430051336 2 IN IP4 127.0.0.1',
      's=-',
      't=0 0',
      'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
      'c=IN IP4 0.0.0.0',
      `a=fingerprint:sha-256 ${printed}`,
      'a=ice-pwd:asd88fgpdd777uzjYhagZg',
      'a=mid:0',
      '',
    ].join('\r\n');
    const candidate = 'candidate:842163049 1 udp 1677729535 198.51.100.77 51472 typ srflx';
    const place = { sdpMid: '0', sdpMLineIndex: 0 };
    const description = { kind: 'description', type: 'offer', sdp } as const;
    await alice.engine.peerSignal({ peerId: one, to: other, signal: description });
    await alice.engine.peerSignal({
      peerId: one,
      to: other,
      signal: { kind: 'candidate', candidate, ...place },
    });
    await bob.until('the signals', () => got('signal'));
    await alice.engine.hangUp({ callId });
    await bob.until('the end', () => inState('ended'));
    const keys = await Promise.all(
      [alice, bob].map(async ({ home }) => (await openIdentity(home)).publicKey),
    );
    await Promise.all([engines.stop(alice), engines.stop(bob)]);

    const passed = tap.heard();
    await tap.close();
    await hub.stop();
    const stored = await everythingIn(path.join(folder, 'data'));
    await hub.start();
    // What it is meant to know is found, so that finding nothing else means something.
    for (const seen of [stored, passed]) {
      assert.ok(seen.includes(callId), 'the id of the session');
      assert.ok(seen.includes('frames'), 'sealed frames');
    }
    const secrets: Record<string, string | Buffer> = {
      text: words[0],
      answer: words[1],
      sdp: 'webrtc-datachannel',
      origin: '4611731400430051336',
      password: 'asd88fgpdd777uzjYhagZg',
      candidate: 'candidate:842163049',
      address: '198.51.100.77',
      fingerprint: printed,
      'raw fingerprint': fingerprint,
      peer: one,
      'own key': keys[0] ?? Buffer.alloc(0),
      'their key': keys[1] ?? Buffer.alloc(0),
    };
    for (const [what, secret] of Object.entries(secrets)) {
      assert.ok(secret.length >= 13, what);
      for (const form of formsOf(secret)) {
        assert.ok(!stored.includes(form), `${what} is stored`);
        assert.ok(!passed.includes(form), `${what} passed through`);
      }
    }
  });
});
