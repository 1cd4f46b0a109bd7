import assert from 'node:assert/strict';
import { encodeInvite, inviteLink, newInviteSecret } from '../../../src/core/identity/invite';
import {
  inviteProblem,
  pairLinkQuestion,
  readPairLink,
  typingHint,
} from '../../../src/host/text/inviteText';

const secret = newInviteSecret();
const code = encodeInvite(secret);

describe('an invite that is typed', () => {
  it('is taken as a code or as a link', () => {
    assert.equal(inviteProblem(code), undefined);
    assert.equal(inviteProblem(code.toLowerCase().replaceAll('-', ' ')), undefined);
    assert.equal(inviteProblem(inviteLink(secret, 'https://hub.example.org')), undefined);
  });

  it('is refused with a sentence, whatever else it is', () => {
    for (const text of ['', 'hello', `${code}7`, 'https://example.org', 'x'.repeat(1_000_000)]) {
      assert.match(inviteProblem(text) ?? '', /^This is not an invite \(/);
    }
  });

  it('is not called wrong before it is whole', () => {
    for (let length = 1; length < code.length; length += 1) {
      const hint = typingHint(code.slice(0, length));
      assert.equal(hint?.wrong, false);
      assert.match(hint.message, /^\d+ of 28 characters$/);
    }
    assert.equal(typingHint(code), undefined);
    assert.equal(typingHint(''), undefined);
  });

  it('is called wrong at once for what no code can hold, and when its check does not fit', () => {
    const wrong = code.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    for (const text of ['ABC!', `${code}7`, wrong, 'https://example.org/']) {
      assert.equal(typingHint(text)?.wrong, true, text);
    }
  });
});

describe('a link that pairs', () => {
  /** As the editor hands it over: the path, and the query decoded once. */
  const handed = (link: string) => {
    const url = new URL(link);
    return readPairLink(url.pathname, decodeURIComponent(url.search.slice(1)));
  };

  it('gives the code and the hub', () => {
    assert.deepEqual(handed(inviteLink(secret)), { code });
    assert.deepEqual(handed(inviteLink(secret, 'https://hub.example.org/x')), {
      code,
      hub: 'https://hub.example.org/x',
    });
  });

  it('is refused when it is not exactly that', () => {
    for (const query of ['', 'code=', 'code=AAAA', `code=${code}&code=${code}`, `hub=https://h`]) {
      assert.throws(() => readPairLink('/pair', query), { code: 'INVITE_INVALID' }, query);
    }
    for (const path of ['', '/', '/other', '//pair', '/pair/../x']) {
      assert.throws(() => readPairLink(path, `code=${code}`), { code: 'INVITE_INVALID' }, path);
    }
    const odd = `code=${code}&hub=javascript:alert(1)`;
    assert.throws(() => readPairLink('/pair', odd), { code: 'INVITE_INVALID' });
  });

  it('names the machine that would be paired', () => {
    const asked = (remote?: string) =>
      pairLinkQuestion(
        { code },
        { hostname: 'workstation', ...(remote !== undefined && { remote }) },
        'https://hub.example.org',
      ).message;
    assert.match(asked(), /on workstation with/);
    assert.match(asked('ssh-remote'), /on workstation \(ssh-remote\) with/);
  });

  it('warns of another hub than the one in use, and only then', () => {
    const warned = (hub: string | undefined) =>
      pairLinkQuestion(
        { code, ...(hub !== undefined && { hub }) },
        { hostname: 'w' },
        'https://hub.example.org/ats',
      ).detail.includes('another service');
    assert.equal(warned('https://evil.example'), true);
    assert.equal(warned('http://hub.example.org'), true);
    assert.equal(warned('https://hub.example.org'), false);
    assert.equal(warned(undefined), false);
  });

  it('never shows the code, which a picture of the screen would give away', () => {
    const { message, detail } = pairLinkQuestion({ code }, { hostname: 'w' }, 'https://h');
    assert.ok(!`${message}${detail}`.includes(code));
  });
});
