import { treeOf } from '../../test/e2e/support/treeOf';

/**
 * Compares two folders entry by entry: names, content, modes, times in milliseconds, and where links
 * point. Returns how many entries there are, the folder itself included. `without` is left out of
 * the first one, and must not be in the other.
 */
export async function compareTrees(
  sent: string,
  received: string,
  without: readonly string[],
): Promise<number> {
  const [here, there] = [await treeOf(sent, without), await treeOf(received)];
  const different = Array.from(
    { length: Math.max(here.length, there.length) },
    (_, line) => [here[line] ?? 'nothing', there[line] ?? 'nothing'] as const,
  ).find(([one, other]) => one !== other);
  if (different !== undefined) {
    throw new Error(
      `${received} differs from ${sent}: ${different[1]} in place of ${different[0]}`,
    );
  }
  return there.length;
}
