import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { lstat, mkdtemp, readFile, readdir, readlink, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Ledger } from '../../../../src/core/receivefs/tree/ledger';
import {
  type DiskTree,
  openReceivingTree,
} from '../../../../src/core/receivefs/tree/openReceivingTree';
import type {
  ReceivingTreeOptions,
  TreeDestination,
} from '../../../../src/core/receivefs/tree/treeOptions';
import { type Manifest, manifestOf } from '../../../../src/core/transfer/manifest';
import type { PlacedTree } from '../../../../src/core/transfer/receivingTree';
import type { ManifestEntry } from '../../../../src/core/wire/v2Entry';
import type { PlanItem } from '../../../../src/core/wire/v2Plan';

/** What a sender has, by path as a manifest has it. */
export type Model = Map<string, ModelNode>;
export type ModelNode =
  | { kind: 'file'; content: Buffer; mode: number; mtime: number }
  | { kind: 'folder'; mode: number; mtime: number }
  | { kind: 'link'; target: string; mode: number; mtime: number };

export const KID = 'ab'.repeat(32);
export const ID = 'cd'.repeat(16);
const MTIME = 1_700_000_000_123;

export function file(content: string | Buffer, mode = 0o644, mtime = MTIME): ModelNode {
  return { kind: 'file', content: Buffer.from(content), mode, mtime };
}

export function folder(mode = 0o755, mtime = MTIME + 1): ModelNode {
  return { kind: 'folder', mode, mtime };
}

export function link(target: string, mtime = MTIME + 2): ModelNode {
  return { kind: 'link', target, mode: 0o777, mtime };
}

export function manifestFor(model: Model): Manifest {
  return manifestOf(
    [...model].map(([at, node]): ManifestEntry => {
      const { mode, mtime } = node;
      if (node.kind === 'file') {
        return { kind: 'file', path: at, mode, mtime, size: node.content.length };
      }
      if (node.kind === 'link') {
        return { kind: 'link', path: at, mode, mtime, size: 0, target: node.target };
      }
      return { kind: 'folder', path: at, mode, mtime, size: 0 };
    }),
  );
}

export function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

export interface Reception {
  readonly tree: DiskTree;
  /** As an engine journals it. */
  staging: string | undefined;
  plan: readonly PlanItem[];
  /** Bytes that travelled. */
  bytes: number;
}

export function openTree(
  where: TreeDestination,
  more: Partial<ReceivingTreeOptions> & { readonly remembered?: { staging?: string } } = {},
): Promise<DiskTree> {
  const { remembered = {}, ...options } = more;
  return openReceivingTree({
    transferId: ID,
    kid: KID,
    where,
    ...(remembered.staging !== undefined && { staging: remembered.staging }),
    onStaging: (staging) => {
      remembered.staging = staging;
      return Promise.resolve();
    },
    ...options,
  });
}

/** Plays `fetchTransfer` with an honest sender. `onStep` may throw, as a link that is lost does. */
export async function deliver(
  tree: DiskTree,
  model: Model,
  onStep: () => void = () => undefined,
): Promise<{ plan: readonly PlanItem[]; bytes: number }> {
  const manifest = manifestFor(model);
  const plan = await tree.prepare(manifest);
  const items = new Map(plan.map((item) => [item.index, item]));
  assert.deepEqual(
    plan.map((item) => item.index),
    [...items.keys()].sort((a, b) => a - b),
  );
  let bytes = 0;
  const puts: Promise<void>[] = [];
  try {
    for (const [index, entry] of manifest.entries.entries()) {
      const node = model.get(entry.path);
      if (entry.kind !== 'file' || node?.kind !== 'file') continue;
      const { content, mode, mtime } = node;
      const state = { size: content.length, mode, mtime };
      const item = items.get(index);
      onStep();
      if (item?.kind === 'have' && item.sha256.equals(sha256(content))) {
        await tree.same(index, state);
        continue;
      }
      if (item === undefined && content.length < 32_768) {
        const putting = tree.put(index, state, content, sha256(content));
        putting.catch(() => undefined);
        puts.push(putting);
        bytes += content.length;
        if (puts.length >= 8) await Promise.all(puts.splice(0));
        continue;
      }
      bytes += await stream(tree, index, state, content, item, onStep);
    }
  } finally {
    await Promise.allSettled(puts);
  }
  await Promise.all(puts);
  return { plan, bytes };
}

const CHUNK = 65_536;

async function stream(
  tree: DiskTree,
  index: number,
  state: { size: number; mode: number; mtime: number },
  content: Buffer,
  item: PlanItem | undefined,
  onStep: () => void,
): Promise<number> {
  let bytes = 0;
  const send = async (arriving: Awaited<ReturnType<DiskTree['begin']>>, part: Buffer) => {
    for (let at = 0; at < part.length; at += CHUNK) {
      onStep();
      const piece = Buffer.from(part.subarray(at, at + CHUNK));
      const room = arriving.write(piece);
      if (room !== undefined) await room;
      // They may be used again: what was not copied is spoilt by this.
      piece.fill(0x5a);
      bytes += Math.min(CHUNK, part.length - at);
    }
  };
  if (item?.kind === 'prefix') {
    const mark = item.marks.findLast(
      ({ offset, sha256: upTo }) =>
        offset <= content.length && upTo.equals(sha256(content.subarray(0, offset))),
    );
    if (mark !== undefined) {
      const arriving = await tree.begin(index, { kind: 'from', state, offset: mark.offset });
      await send(arriving, content.subarray(mark.offset));
      await arriving.finish(sha256(content));
      return bytes;
    }
  }
  if (item?.kind === 'blocks') {
    const arriving = await tree.begin(index, { kind: 'blocks', state });
    for (let at = 0, block = 0; at < content.length; block++) {
      const length = Math.min(item.blockBytes, content.length - at);
      const part = content.subarray(at, at + length);
      const shown = item.hashes.subarray(block * 16, block * 16 + 16);
      const theirs = Math.min(item.blockBytes, item.size - at);
      if (theirs === length && shown.equals(sha256(part).subarray(0, 16))) {
        onStep();
        await arriving.copy(length);
      } else await send(arriving, part);
      at += length;
    }
    await arriving.finish(sha256(content));
    return bytes;
  }
  const arriving = await tree.begin(index, { kind: 'whole', state });
  await send(arriving, content);
  await arriving.finish(sha256(content));
  return bytes;
}

/** All of it, from opening to closing. */
export async function receive(
  where: TreeDestination,
  model: Model,
  more: Parameters<typeof openTree>[1] = {},
): Promise<{ placed: PlacedTree; ledger: Ledger; plan: readonly PlanItem[]; bytes: number }> {
  const tree = await openTree(where, more);
  try {
    const delivered = await deliver(tree, model);
    const placed = await tree.place();
    assert.ok(tree.ledger !== undefined);
    return { placed, ledger: tree.ledger, ...delivered };
  } finally {
    await tree.close();
  }
}

/** What lies at a place, as a model; the root under the name given. */
export async function readTree(place: string, root: string): Promise<Model> {
  const model: Model = new Map();
  const visit = async (at: string, name: string): Promise<void> => {
    const found = await lstat(at);
    const traits = { mode: found.mode & 0o777, mtime: Math.floor(found.mtimeMs) };
    if (found.isSymbolicLink()) {
      model.set(name, { kind: 'link', target: await readlink(at), ...traits });
    } else if (found.isDirectory()) {
      model.set(name, { kind: 'folder', ...traits });
      for (const below of await readdir(at)) await visit(path.join(at, below), `${name}/${below}`);
    } else {
      model.set(name, { kind: 'file', content: await readFile(at), ...traits });
    }
  };
  await visit(place, root);
  return model;
}

/** Entry by entry: content, mode, time, target. */
export async function assertSame(place: string, model: Model, hint = ''): Promise<void> {
  const root = [...model.keys()].sort()[0]?.split('/')[0] ?? '';
  const found = await readTree(place, root);
  assert.deepEqual([...found.keys()].sort(), [...model.keys()].sort(), hint);
  for (const [at, node] of model) {
    const there = found.get(at);
    assert.equal(there?.kind, node.kind, `${hint} ${at}`);
    assert.deepEqual(there, node, `${hint} ${at}`);
  }
}

export async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const made = await mkdtemp(path.join(os.tmpdir(), 'beeline-tree-'));
  try {
    await work(made);
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

export async function stagings(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => name.startsWith('.beeline-'));
}

/** Small, quick and the same for a seed. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed * 2_654_435_761) >>> 0 || 1;
  }

  below(limit: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % limit;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T;
  }

  bytes(length: number): Buffer {
    const words = new Uint32Array(Math.ceil(length / 4)).map(() => this.below(2 ** 32));
    return Buffer.from(words.buffer).subarray(0, length);
  }
}

const NAMES = [
  'a',
  'a-b',
  'a b',
  'A',
  'naïve',
  'nai\u0308ve',
  '文件',
  'ملف',
  '🐝',
  'con',
  'x.',
  ' lead',
  'tab\there',
  'line\nbreak',
  'quote"\'',
  'a:b',
  '-rf',
  '.hidden',
  '~',
  'journal',
  'old-1',
  '0',
  'z'.repeat(200),
];

/** A tree of every shape: empty folders and files, links, odd names, modes and times. */
export function randomTree(random: Random, nodes = 40): Model {
  const model: Model = new Map();
  const mtime = () => random.below(2 ** 31) * 800 + random.below(1000);
  model.set('root', { kind: 'folder', mode: 0o755, mtime: mtime() });
  const folders = ['root'];
  for (let count = 0; count < nodes; count++) {
    const parent = random.pick(folders);
    const at = `${parent}/${random.pick(NAMES)}`;
    if (model.has(at) || Buffer.byteLength(at) > 1_500) continue;
    const kind = random.below(10);
    if (kind < 3) {
      model.set(at, {
        kind: 'folder',
        mode: random.pick([0o755, 0o700, 0o555, 0o777]),
        mtime: mtime(),
      });
      folders.push(at);
    } else if (kind === 3) {
      model.set(at, {
        kind: 'link',
        target: random.pick(['x', './a/b', 'journal']),
        mode: 0o777,
        mtime: mtime(),
      });
    } else {
      const size = random.pick([0, 1, 100, 4_096, 40_000, 70_000, 300_000]);
      const mode = random.pick([0o644, 0o600, 0o755, 0o444, 0o777, 0o640]);
      model.set(at, { kind: 'file', content: random.bytes(size), mode, mtime: mtime() });
    }
  }
  return model;
}
