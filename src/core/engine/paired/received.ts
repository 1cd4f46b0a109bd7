import { createHash } from 'node:crypto';
import { lstatSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { toBeelineError } from '../../errors';
import type { Home } from '../../home/home';

/** Files and folders remembered beside those that are kept in step; what was received longest ago is then sent whole again. */
export const MAX_RECEIVED = 200;
const INDEX = 'received';

/** Of several files and folders in one transfer, as many beside the first are found by their names. */
export const MAX_OTHER_ROOTS = 100;

const root = v.object({
  /** Absolute. */
  target: v.string(),
  /** As it was sent. */
  name: v.string(),
  isFolder: v.boolean(),
});
const target = v.object({
  kid: v.string(),
  ...root.entries,
  /** What came beside it in the same transfer, and is in the same ledger. */
  others: v.optional(v.array(root)),
});
const index = v.object({ version: v.literal(1), received: v.array(v.unknown()) });
const stored = v.object({ version: v.literal(1), ledger: v.string() });

export type ReceivedRoot = v.InferOutput<typeof root>;
export type ReceivedTarget = v.InferOutput<typeof target>;

/**
 * What was received from whom into which place, and what it was like then: a ledger for each, packed.
 * Nothing else on this disk is ever compared with what an agent sends.
 */
export class Received {
  /** Newest last. */
  private readonly targets = new Map<string, ReceivedTarget>();
  private writing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly home: Home,
    private readonly log: (line: string) => void,
  ) {}

  /** @throws HOME_UNUSABLE */
  static async open(home: Home, log: (line: string) => void): Promise<Received> {
    const received = new Received(home, log);
    const read = v.safeParse(index, await home.read('settings', INDEX));
    for (const value of read.success ? read.output.received : []) {
      const parsed = v.safeParse(target, value);
      if (parsed.success) received.targets.set(keyOf(parsed.output), parsed.output);
    }
    return received;
  }

  /** Newest first: what came under that name from that agent, alone or beside others. */
  named(kid: string, name: string): ReceivedRoot[] {
    return this.from(kid)
      .flatMap(rootsOf)
      .filter((one) => one.name === name);
  }

  /** The newest folder of that name from that agent that is still there, in this folder. */
  folderIn(directory: string, kid: string, name: string): ReceivedRoot | undefined {
    return this.named(kid, name).find(
      (one) =>
        one.isFolder &&
        path.dirname(one.target) === path.resolve(directory) &&
        isFolder(one.target),
    );
  }

  /** Undefined when nothing was received there, or nobody knows any more what. */
  async ledger(kid: string, where: string): Promise<string | undefined> {
    const found = this.from(kid).find((one) => rootsOf(one).some((each) => each.target === where));
    if (found === undefined) return undefined;
    const record = await this.home.read('received', keyOf(found)).catch((thrown: unknown) => {
      this.log(toBeelineError(thrown).message);
    });
    const parsed = v.safeParse(stored, record);
    return parsed.success ? parsed.output.ledger : undefined;
  }

  /**
   * Never rejects: what is not remembered is sent whole the next time.
   * @param isKept whether something is never forgotten for others: a folder that is kept in step
   * would get a copy beside it else
   */
  async remember(
    received: ReceivedTarget,
    ledger: string,
    isKept: (one: ReceivedTarget) => boolean = () => false,
  ): Promise<void> {
    const key = keyOf(received);
    try {
      // First what the list refers to.
      await this.home.write('received', key, { version: 1, ledger });
      this.targets.delete(key);
      this.targets.set(key, received);
      const others = [...this.targets].filter(([, one]) => !isKept(one));
      await this.drop(others.map(([each]) => each).slice(0, -MAX_RECEIVED));
    } catch (thrown) {
      this.log(toBeelineError(thrown).message);
    }
  }

  /** Everything that came from an agent: it is gone from the book, or blocked. @throws HOME_UNUSABLE */
  async forget(kid: string): Promise<void> {
    const theirs = [...this.targets].filter(([, one]) => one.kid === kid);
    if (theirs.length > 0) await this.drop(theirs.map(([key]) => key));
  }

  /** Folders in which something was received: where one may look for what was left behind. */
  folders(): string[] {
    return [...new Set([...this.targets.values()].map((one) => path.dirname(one.target)))];
  }

  /** Newest first. */
  private from(kid: string): ReceivedTarget[] {
    return [...this.targets.values()].filter((one) => one.kid === kid).reverse();
  }

  private async drop(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.targets.delete(key);
    this.writing = this.writing
      .catch(() => undefined)
      .then(() =>
        this.home.write('settings', INDEX, { version: 1, received: [...this.targets.values()] }),
      );
    await this.writing;
    for (const key of keys) await this.home.remove('received', key);
  }
}

function rootsOf(received: ReceivedTarget): ReceivedRoot[] {
  return [received, ...(received.others ?? [])];
}

function keyOf({ kid, target: where }: Pick<ReceivedTarget, 'kid' | 'target'>): string {
  return createHash('sha256').update(`${kid}/${where}`).digest('hex').slice(0, 40);
}

/** Not through a link, which may lead elsewhere than where it was received. */
function isFolder(where: string): boolean {
  try {
    return lstatSync(where).isDirectory();
  } catch {
    return false;
  }
}
