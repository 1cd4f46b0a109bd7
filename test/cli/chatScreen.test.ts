import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { withCli } from '../support/runCli';
import { withHub } from '../support/withHub';
import { withTalkers } from './withTalkers';
import { withTerminals } from './withTerminals';

describe('chat on a terminal with the shipped program', function () {
  this.timeout(120_000);
  const hub = withHub();
  const cli = withCli();
  const { as, pair, chat, line } = withTalkers(hub, cli);

  const onTerminal = withTerminals(cli, { columns: 60, env: { TERM: 'xterm' } });

  it('tells the way, marks, typing and messages above the line that is being typed', async () => {
    await pair();
    const bob = chat('bob', 'alice');
    const alice = onTerminal('chat', 'bob', ...as('alice'));
    await alice.until(() => alice.stdout.includes('bob: direct'), 'the way');
    // Longer than the screen is wide, so that it stands on several rows.
    const long = 'a long line '.repeat(12).trim();
    alice.type(long);
    await bob.line('typing', ({ typing }) => typing === true);
    bob.say(line('while you were writing\u001b[2J\nand a second line'));
    await alice.until(() => alice.stdout.includes('and a second line'), 'the message');
    await alice.until(() => screenOf(alice.stdout, 60).includes(long), 'the line below it');
    const screen = screenOf(alice.stdout, 60);
    assert.ok(screen.indexOf('while you were writing') < screen.indexOf(long), screen);
    assert.equal(screen.split(long).length, 2, `the line stands there once:\n${screen}`);
    assert.match(screen, /\d\d:\d\d bob: while you were writing/);
    alice.type('\r');
    assert.equal((await bob.line('text'))['text'], long);
    await alice.until(() => /^ +read$/m.test(screenOf(alice.stdout, 60)), 'the mark');
    assert.equal(alice.stdout.split('bob: direct').length, 2, 'the way is told when it changes');

    bob.say('{"type":"typing"}');
    await alice.until(() => alice.stdout.includes('bob is writing…'), 'the indicator');
    bob.say('{"type":"typing","typing":false}');
    await alice.until(() => !screenOf(alice.stdout, 60).includes('is writing'), 'its end');

    alice.type('/help\r');
    await alice.until(() => alice.stdout.includes('/send PATH'), 'the help');
    alice.type('/shout\r');
    await alice.until(() => alice.stdout.includes('There is no /shout'), 'the refusal');
    await writeFile(cli.path('a file.txt'), 'hello');
    alice.type('/send "a file.txt"\r');
    await alice.until(() => alice.stdout.includes('a file.txt (5 bytes): offered to bob'), 'it');
    assert.equal((await bob.line('file'))['from'], 'alice');
    alice.type('//help\r');
    await bob.line('text', ({ text }) => text === '/help');
    alice.type('/quit\r');
    assert.equal(await alice.end(), 0, alice.stdout);
    const again = onTerminal('chat', 'bob', ...as('alice'));
    await again.until(() => again.stdout.includes('you: /help'), 'what was said before');
    again.type('\u0003');
    assert.equal(await again.end(), 130, again.stdout);
    const once = onTerminal('chat', 'bob', ...as('alice'));
    await once.until(() => once.stdout.includes('you: /help'), 'what was said before');
    once.type('\u0004');
    assert.equal(await once.end(), 0, once.stdout);
  });
});

/** What stands on a screen of so many columns after this output: as much of a terminal as readline uses. */
function screenOf(output: string, columns: number): string {
  const rows: string[] = [''];
  let [row, column] = [0, 0];
  const token = new RegExp(String.raw`${String.fromCharCode(27)}\[([0-9;]*)([A-Za-z])|([^])`, 'gu');
  for (const [, count = '', command, character] of output.matchAll(token)) {
    const steps = Number(count === '' ? 1 : count);
    if (command === 'A') row = Math.max(0, row - steps);
    else if (command === 'B') row += steps;
    else if (command === 'G') column = steps - 1;
    else if (command === 'C') column += steps;
    else if (command === 'D') column = Math.max(0, column - steps);
    else if (command === 'J') {
      rows.length = row + 1;
      rows[row] = (rows[row] ?? '').slice(0, column);
    } else if (command === 'K') rows[row] = (rows[row] ?? '').slice(0, column);
    else if (character === '\r') column = 0;
    else if (character === '\n') row += 1;
    else if (character === '\b') column = Math.max(0, column - 1);
    else if (character !== undefined) {
      if (column >= columns) [row, column] = [row + 1, 0];
      const text = (rows[row] ?? '').padEnd(column);
      rows[row] = text.slice(0, column) + character + text.slice(column + 1);
      column += 1;
    }
    while (rows.length <= row) rows.push('');
  }
  // Rows that are full go on in the next.
  return rows.map((text) => (text.length >= columns ? text : `${text}\n`)).join('');
}
