import * as v from 'valibot';
import { hubAnswer } from '../../../src/core/ats/schemas';
import { demand, jsonSeeds, parseJson } from '../properties';
import type { FuzzTarget } from '../target';

const relay = { key: 'AB'.repeat(32), path: '/relay' };

/** What a hub says of itself leads nowhere but to that hub, and to nodes that have a port. */
export const target: FuzzTarget = {
  covers: ['src/core/ats/schemas.ts'],
  kind: 'json',
  dictionary: ['/..', '/a/../b', '/./a', '//other.example/x', '/a?b', '/%2e%2e/a', '/a#b', 'u@h:1'],
  seeds: () =>
    jsonSeeds(
      { ats: '/ats', bootstrap: ['127.0.0.1:1', 'x'], relay },
      { ats: 'https://hub.example/ats', relay: { ...relay, path: '/a/b.c~d_e-f' } },
      { ats: '', bootstrap: null, relay: null },
    ),
  fuzz(input) {
    const read = v.safeParse(hubAnswer, parseJson(input)?.value);
    if (!read.success) return false;
    const { bootstrap, relay: found } = read.output;
    for (const node of bootstrap) {
      demand(/^[^\s/@]+:\d{1,5}$/.test(node), 'a node that is none');
    }
    if (found !== undefined) {
      demand(/^[0-9a-f]{64}$/.test(found.key), 'a key that is none');
      const { origin, pathname, search, hash } = new URL(`http://hub.example${found.path}`);
      demand(origin === 'http://hub.example', 'a relay on another host');
      demand(pathname === found.path && search === '' && hash === '', 'a path with detours');
    }
    return true;
  },
};
