import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import {
  encodeInvite,
  inviteLink,
  newInviteSecret,
  readInvite,
} from '../../../src/core/identity/invite';
import * as hand from './byHand';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Crockford's base32 with the check, by arithmetic. */
function codeOf(secret: Buffer): string {
  const check = hand.sha256(hand.L('beeline/invite-check/1'), secret).readUInt16BE() >>> 4;
  let number = BigInt(`0x${secret.toString('hex')}`) * 4096n + BigInt(check);
  let code = '';
  for (let at = 0; at < 28; at++) {
    code = `${ALPHABET.charAt(Number(number % 32n))}${code}`;
    number /= 32n;
  }
  return (code.match(/.{4}/g) ?? []).join('-');
}

const secretOf = (text: string): Buffer => readInvite(text).secret;
const faultOf = (text: string): string => {
  try {
    readInvite(text);
  } catch (thrown) {
    assert.equal((thrown as { code?: unknown }).code, 'INVITE_INVALID');
    return (thrown as Error).message;
  }
  return 'none';
};

describe('an invite', () => {
  it('is 128 random bits in 7 groups of 4 characters, and comes back', () => {
    const secrets: Buffer[] = [Buffer.alloc(16), Buffer.alloc(16, 255)];
    for (let round = 0; round < 200; round++) secrets.push(newInviteSecret());
    assert.equal(new Set(secrets.map(String)).size, secrets.length);
    for (const secret of secrets) {
      const code = encodeInvite(secret);
      assert.equal(code, codeOf(secret));
      assert.match(code, /^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){6}$/);
      assert.deepEqual(secretOf(code), secret);
      assert.deepEqual(readInvite(inviteLink(secret)), { secret });
      const hub = 'https://hub.example/path?a=b&code=x#y';
      assert.deepEqual(readInvite(inviteLink(secret, hub)), { secret, hub });
    }
  });

  it('opens the extension of this package', async () => {
    const manifest = JSON.parse(await readFile('package.json', 'utf8')) as Record<string, string>;
    const { host, protocol, pathname } = new URL(inviteLink(randomBytes(16)));
    assert.equal(protocol, 'vscode:');
    assert.equal(host, `${manifest['publisher'] ?? ''}.${manifest['name'] ?? ''}`);
    assert.equal(pathname, '/pair');
  });

  it('is read as people type and programs mangle it', () => {
    // Has every character that is mistaken for another.
    const secret = [...Array(10_000).keys()]
      .map((at) => hand.sha256(Buffer.from(String(at))).subarray(0, 16))
      .find((one) => codeOf(one).includes('0') && codeOf(one).includes('1'));
    assert.ok(secret !== undefined);
    const code = codeOf(secret);
    const bare = code.replaceAll('-', '');
    for (const text of [
      ...[code, bare, code.toLowerCase(), ` ${code}\n`, bare.split('').join(' ')],
      ...[code.replaceAll('0', 'O'), code.replaceAll('0', 'o'), code.replaceAll('1', 'I')],
      ...[code.replaceAll('1', 'l'), code.replaceAll('1', 'L'), code.replaceAll('1', 'i')],
      ...[code.replaceAll('-', '–'), code.replaceAll('-', '\u2011'), code.replaceAll('-', '_')],
      ...[code.replaceAll('-', '\u00a0'), code.replaceAll('-', '--')],
    ]) {
      assert.deepEqual(secretOf(text), secret, text);
    }
    const link = inviteLink(secret, 'http://10.0.0.1:8080');
    const expected = { secret, hub: 'http://10.0.0.1:8080' };
    for (const text of [
      ...[link, ` ${link} `, `${link.slice(0, 60)}\n${link.slice(60)}`],
      link.replace('vscode:', 'vscode-insiders:'),
      link.replace('vscode:', 'code-oss:'),
      link.replace('vscode://beeline', 'VSCODE://Beeline'),
      link.replace('?', '?windowId=1&'),
    ]) {
      assert.deepEqual(readInvite(text), expected, text);
    }
  });

  it('names what is wrong', () => {
    const code = codeOf(hand.sha256(Buffer.from('x')).subarray(0, 16));
    assert.match(faultOf(''), /empty/);
    assert.match(faultOf(' \n'), /empty/);
    assert.match(faultOf(code.slice(0, -1)), /28 characters, this one 27/);
    assert.match(faultOf(`${code}0`), /28 characters, this one 29/);
    assert.match(faultOf(`U${code.slice(1)}`), /"U"/);
    assert.match(faultOf(`${code.slice(0, -1)}é`), /"É"/);
    assert.match(faultOf(`${code.slice(0, -1)}?`), /"\?"/);
    assert.match(faultOf(`${code.slice(0, -2)}💥`), /no character/);
    assert.match(faultOf('x'.repeat(1_000_000)), /too long/);
    const link = `vscode://beeline.beeline/pair?code=${code}`;
    assert.equal(faultOf(link), 'none');
    for (const text of [
      link.replace('/pair', '/send'),
      link.replace('/pair', ''),
      link.replace('beeline.beeline', 'evil.beeline'),
      link.replace('beeline.beeline', 'beeline.beeline:99'),
      `https://evil.example/pair?code=${code}`,
      `mailto:${code}`,
      'vscode://',
    ]) {
      assert.match(faultOf(text), /leads elsewhere/, text);
    }
    assert.match(faultOf('vscode://beeline.beeline/pair'), /28 characters, this one 0/);
    assert.match(faultOf(`${link}&code=${code}`), /more than one code/);
    assert.match(faultOf(`${link}&hub=http://a&hub=http://b`), /more than one hub/);
    for (const hub of [
      '',
      'hub.example',
      'file:///etc',
      'javascript:1',
      `http://${'a'.repeat(300)}`,
    ]) {
      assert.match(faultOf(`${link}&hub=${encodeURIComponent(hub)}`), /not a web address/, hub);
    }
    assert.match(faultOf(`${link}&hub=${encodeURIComponent('http://a:b@c')}`), /password/);
  });

  it('finds a wrong character, and two that changed places', () => {
    let [slips, missed] = [0, 0];
    for (let round = 0; round < 40; round++) {
      const code = codeOf(hand.sha256(Buffer.from(`slip ${round}`)).subarray(0, 16));
      const bare = code.replaceAll('-', '');
      const tries: string[] = [];
      for (let at = 0; at < 28; at++) {
        const wrong = ALPHABET[(ALPHABET.indexOf(bare.charAt(at)) + 1 + (round % 31)) % 32] ?? '';
        tries.push(bare.slice(0, at) + wrong + bare.slice(at + 1));
        const swapped = `${bare.charAt(at + 1)}${bare.charAt(at)}`;
        if (at < 27) tries.push(bare.slice(0, at) + swapped + bare.slice(at + 2));
      }
      for (const text of tries) {
        if (text === bare) continue;
        slips += 1;
        const fault = faultOf(text);
        if (fault === 'none') missed += 1;
        else assert.match(fault, /mistyped/);
      }
    }
    // One in 4,096 is missed; the codes are fixed, so this is no matter of luck.
    assert.ok(slips > 2000 && missed <= 3, `${missed} of ${slips}`);
  });
});
