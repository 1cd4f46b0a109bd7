import { encodeInvite, inviteLink, readInvite } from '../../../src/core/identity/invite';
import { demand, demandEqual, readOr } from '../properties';
import type { FuzzTarget } from '../target';

const secret = Buffer.from('000102030405060708090a0b0c0d0eff', 'hex');
const code = encodeInvite(secret);

/** What is accepted holds sixteen bytes, and its code and link are read as the same again. */
export const target: FuzzTarget = {
  covers: ['src/core/identity/invite.ts'],
  kind: 'text',
  dictionary: [
    code,
    'vscode://beeline.beeline/pair?code=',
    '&hub=https://hub.example',
    '&code=',
    'user:password@',
    'http://',
    '%20',
    '–',
    'O',
    'I',
  ],
  seeds: () =>
    [
      code,
      code.toLowerCase().replaceAll('-', ' '),
      code.replaceAll('0', 'O').replaceAll('1', 'l'),
      inviteLink(secret),
      inviteLink(secret, 'https://hub.example:8443/path?x=1'),
      inviteLink(secret, 'http://127.0.0.1:7070').replace('vscode:', 'vscode-insiders:'),
    ].map((text) => Buffer.from(text)),
  fuzz(input) {
    const text = input.toString('utf8');
    const invite = readOr(['INVITE_INVALID'], () => readInvite(text))?.value;
    if (invite === undefined) return false;
    demand(text.length <= 4096, 'a text beyond its limit');
    demand(invite.secret.length === 16, 'a secret of another length');
    if (invite.hub !== undefined) {
      const hub = new URL(invite.hub);
      demand(hub.protocol === 'http:' || hub.protocol === 'https:', 'a hub that is not of the web');
      demand(hub.username === '' && hub.password === '', 'a hub with a name or a password');
      demand(invite.hub.length <= 256, 'the address of a hub beyond its limit');
    }
    demandEqual(readInvite(inviteLink(invite.secret, invite.hub)), invite, 'its link is another');
    demandEqual(
      readInvite(encodeInvite(invite.secret)),
      { secret: invite.secret },
      'its code is another',
    );
    return true;
  },
};
