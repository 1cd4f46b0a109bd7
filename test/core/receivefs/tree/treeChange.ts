import { type Model, type Random, file, folder, link } from './treeFixture';

/** What a person does to a folder between two rounds. */
export function change(model: Model, random: Random): void {
  for (const [at, node] of [...model]) {
    if (at === 'root' || !model.has(at)) continue;
    const mtime = random.below(2 ** 31) * 800;
    switch (random.below(8)) {
      case 0:
        for (const below of [...model.keys()]) {
          if (below === at || below.startsWith(`${at}/`)) model.delete(below);
        }
        break;
      case 1:
        if (node.kind === 'file')
          model.set(at, file(random.bytes(random.below(200_000)), 0o640, mtime));
        break;
      case 2:
        if (node.kind === 'file') model.set(at, { ...node, mode: 0o600, mtime });
        break;
      case 3:
        model.set(`root/new ${random.below(10_000)}`, file(random.bytes(500), 0o644, mtime));
        break;
      case 4:
        if (node.kind === 'link') model.set(at, link('elsewhere', mtime));
        if (node.kind === 'file') {
          model.set(at, folder(0o755, mtime));
          model.set(`${at}/below`, file('below', 0o644, mtime));
        }
        break;
      default:
    }
  }
}
