import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import { filesIn } from './support/filesIn';
import { poll } from './support/poll';
import { withEditor } from './support/withEditor';

/** What a name can hold to become a link, an icon, a second line, or to read backwards. */
const HOSTILE = '[Accept](command:workbench.action.closeWindow) $(check)\nSafe: \u202egpj.exe';
const FLOOD = 20;

describe('strangers at the door', () => {
  const stage = withEditor({ pictures: 'strangers' });

  before(() => stage.window.statusBarItem(/Beeline$/).waitFor());

  const saved = () => filesIn(stage.saves);

  it('a hostile name is shown as harmless text and saved under a safe one', async () => {
    const { window } = stage;
    const bytes = await stage.write(`out/${HOSTILE}`, 1000);
    const sending = stage.send('mallory', `out/${HOSTILE}`);
    const offer = window.notification(/^mallory \(unverified\) wants to send you/);
    await offer.waitFor();
    await window.screenshot('hostile-name');
    assert.doesNotMatch(await offer.text(), /[\u202a-\u202e\n]/);
    const links = offer.item.locator('.notification-list-item-message a');
    assert.deepEqual(await links.allInnerTexts(), ['Accept', 'Accept to…', 'Decline']);
    const icons = offer.item.locator('.notification-list-item-message .codicon');
    assert.equal(await icons.count(), 0);
    await window.statusBarItem(/1 incoming/).click();
    await window.quickPick.row(/from mallory/).waitFor();
    await window.screenshot('hostile-name-in-the-list');
    assert.equal(await window.quickPick.rows.locator('.codicon-check.label-name').count(), 0);
    await window.quickPick.cancel();

    await offer.click('Accept');
    assert.equal(await sending.end(), 0);
    await window.notification(/^Received .* from mallory, content verified\.$/).waitFor();
    await window.screenshot('hostile-name-received');
    const [name, ...others] = await saved();
    assert.deepEqual(others, []);
    assert.ok(name !== undefined && !/[\p{Cc}\p{Cf}/\\]/u.test(name), JSON.stringify(name));
    assert.ok((await fs.readFile(`${stage.saves}/${name}`)).equals(bytes));
  });

  it('a flood becomes one counter, and Block ends it', async () => {
    const { window } = stage;
    const files = Array.from({ length: FLOOD }, (_, index) => `out/flood-${String(index)}.txt`);
    for (const file of files) await stage.write(file, 10);
    const flood = stage.send('eve', ...files);
    await window.statusBarItem(new RegExp(`${String(FLOOD)} incoming`)).waitFor();
    const offers = window.notification(/eve \(unverified\)/);
    await offers.waitFor();
    await window.screenshot('flood');
    const toasts = window.page.locator('.notifications-toasts .notification-list-item:visible');
    assert.ok((await toasts.count()) <= 3, 'more messages than anybody reads');
    await window.statusBarItem(/incoming/).click();
    await window.quickPick.row(/more offers from strangers/).waitFor();
    await window.screenshot('flood-in-the-list');
    await window.quickPick.choose(/more offers from strangers/);
    await window.quickPick.choose(/from eve/);
    await window.quickPick.waitFor(/only the task service says who sends this/);
    await window.quickPick.choose('Block eve');
    await window.statusBarItem(/Beeline$/).waitFor();
    await offers.gone();
    flood.kill('SIGINT');
    await flood.end();
    assert.ok(!(await saved()).some((name) => name.startsWith('flood')));

    // Whoever is blocked stays unheard.
    await stage.write('out/again.txt', 10);
    const again = stage.send('eve', 'out/again.txt', '--expires', '3000');
    assert.notEqual(await again.end(), 0);
    await window.statusBarItem(/Beeline$/).click();
    await window.quickPick.choose('Blocked Agents');
    await window.quickPick.row('eve').waitFor();
    await window.screenshot('blocked');
    await window.quickPick.choose('eve');
    // Heard again, but not trusted again: the flood is not forgotten so soon.
    const third = stage.send('eve', 'out/again.txt');
    await window.statusBarItem(/1 incoming/).click();
    await window.quickPick.choose(/1 offer from strangers/);
    await window.quickPick.choose('again.txt');
    await window.quickPick.choose('Decline');
    assert.equal(await third.end(), 3);
  });

  it('only from allowed peers, when the person says so, and then without asking', async () => {
    const { window } = stage;
    await stage.settings({
      'beeline.allowedPeers': ['agent-b'],
      'beeline.autoAccept': 'allowedPeers',
    });
    const bytes = await stage.write('out/expected.txt', 5000);
    const sending = stage.send('agent-b', 'out/expected.txt');
    assert.equal(await sending.end(), 0);
    await poll(async () => (await saved()).includes('expected.txt'), 'the file');
    assert.ok((await fs.readFile(`${stage.saves}/expected.txt`)).equals(bytes));
    await window.notification(/^Received expected\.txt/).waitFor();
    await window.screenshot('accepted-by-itself');

    const refused = stage.send('somebody', 'out/expected.txt');
    assert.equal(await refused.end(), 3);
    assert.equal((await refused.line('failed'))['code'], 'NOT_ALLOWED');
    assert.ok(!(await saved()).includes('expected (1).txt'));
  });
});
