import * as v from 'valibot';
import type { Home } from '../../home/home';
import type { Manifest } from '../../transfer/manifest';
import { packManifest, unpackManifest } from '../../transfer/source/packManifest';
import { walkSources } from '../../transfer/source/walkSources';
import type { PairedOutgoing } from './pairedRecords';

const stored = v.object({ version: v.literal(1), manifest: v.string() });

/** Apart from its journal, which is written often and stays small. @throws HOME_UNUSABLE */
export async function keepManifest(
  home: Home,
  transferId: string,
  manifest: Manifest,
): Promise<void> {
  await home.write('manifests', transferId, { version: 1, manifest: await packManifest(manifest) });
}

/**
 * The list that was offered. One that is lost is made again, which the recipient takes only where it
 * is still the same. @throws what walking throws
 */
export async function keptManifest(home: Home, record: PairedOutgoing): Promise<Manifest> {
  const read = v.safeParse(stored, await home.read('manifests', record.transferId));
  // What is damaged is as good as lost.
  const kept = read.success
    ? await unpackManifest(read.output.manifest).catch(() => undefined)
    : undefined;
  return kept ?? (await walkSources(record.source)).manifest;
}

export function dropManifest(home: Home, transferId: string): Promise<void> {
  return home.remove('manifests', transferId);
}
