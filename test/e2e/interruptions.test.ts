import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import type { CliProcess, JsonLine } from '../support/runCli';
import { filesIn } from './support/filesIn';
import { withEditor } from './support/withEditor';

const AGENT = 'agent-b';
/** Several seconds at the speed of one stream over loopback; the messages below say 1.0 GB. */
const LONG_BYTES = 1_000_000_000;

describe('what a person sees while files flow, and when they stop it', () => {
  const stage = withEditor({
    pictures: 'interruptions',
    files: { 'small.txt': 10 },
    sparseFiles: { 'long.bin': LONG_BYTES },
  });
  let agent: CliProcess;

  before(async () => {
    agent = await stage.listen(AGENT);
    await stage.window.statusBarItem(/Beeline$/).waitFor();
  });

  const flows = (line: JsonLine) => Number(line['bytes']) > 0;

  async function sendTo(name: string, actorId: string): Promise<void> {
    const { window } = stage;
    await window.rightClick(window.explorerItem(name));
    await window.chooseMenu('Send to Agent…');
    await window.quickPick.type(actorId);
    await window.quickPick.choose(actorId);
  }

  it('shows percent, speed and time left, and a cancelled sending ends on both sides', async () => {
    const { window } = stage;
    await sendTo('long.bin', AGENT);
    await agent.line('progress', flows);
    const progress = window.notification(/^Sending long\.bin to agent-b: .*MB of 1\.0 GB, .*B\/s/);
    await progress.waitFor();
    await window.statusBarItem(/Beeline: \d+%/).waitFor();
    await window.screenshot('sending');
    await progress.click('Cancel');
    const failed = await agent.line('failed');
    assert.equal(failed['code'], 'CANCELLED_BY_PEER');
    await stage.hub.assertCancelled('long.bin');
    await progress.gone();
    await window.statusBarItem(/Beeline$/).waitFor();
    await window.screenshot('sending-cancelled');
    assert.deepEqual(await filesIn(stage.at(`saves-${AGENT}`)), []);
  });

  it('a cancelled receiving ends on both sides, and nothing of it stays', async () => {
    const { window } = stage;
    await stage.writeSparse('out/incoming.bin', LONG_BYTES);
    const sending = stage.send(AGENT, 'out/incoming.bin');
    await window.notification(/wants to send you incoming\.bin/).click('Accept');
    await sending.line('progress', flows);
    const progress = window.notification(/^Receiving incoming\.bin from agent-b: .* of 1\.0 GB/);
    await window.statusBarItem(/Beeline: \d+%/).waitFor();
    await progress.click('Cancel');
    assert.equal(await sending.end(), 1);
    assert.equal((await sending.line('failed'))['code'], 'CANCELLED_BY_PEER');
    await progress.gone();
    await stage.hub.assertCancelled('incoming.bin');
    await window.statusBarItem(/Beeline$/).waitFor();
    assert.deepEqual(await filesIn(stage.saves), []);
  });

  it('a sender that goes away in the middle is named, and nothing of it stays', async () => {
    const { window } = stage;
    await stage.writeSparse('out/stopped.bin', LONG_BYTES);
    const sending = stage.send(AGENT, 'out/stopped.bin');
    await window.notification(/wants to send you stopped\.bin/).click('Accept');
    await sending.line('progress', flows);
    sending.kill('SIGINT');
    assert.equal(await sending.end(), 130);
    await window
      .notification(/^stopped\.bin from agent-b was not received\. agent-b cancelled/)
      .waitFor();
    await window.screenshot('sender-cancelled');
    await stage.hub.assertCancelled('stopped.bin');
    assert.deepEqual(await filesIn(stage.saves), []);
  });

  it('an offer that nobody answers is withdrawn by Cancel', async () => {
    const { window } = stage;
    await sendTo('small.txt', 'nobody-there');
    const waiting = window.notification(/waiting until nobody-there accepts/);
    await waiting.waitFor();
    await window.screenshot('waiting');
    await waiting.click('Cancel');
    await waiting.gone();
    await stage.hub.taskOf('small.txt', 'cancelled');
  });

  it('says when the service is away, and recovers by itself when it is back', async () => {
    const { window } = stage;
    await stage.hub.kill();
    const away = window.statusBarItem(/Beeline: service unreachable/);
    await away.waitFor();
    await away.hover();
    await window.screenshot('service-away');
    await stage.hub.run();
    await window.statusBarItem(/Beeline$/).waitFor();
    const bytes = await stage.write('out/back.txt', 3000);
    const sending = stage.send(AGENT, 'out/back.txt');
    await window.notification(/wants to send you back\.txt/).click('Accept');
    assert.equal(await sending.end(), 0);
    assert.ok((await fs.readFile(stage.at('saves', 'back.txt'))).equals(bytes));
  });
});
