import { errors } from '../../errors';
import type { Link } from '../../swarm/links';
import { lookAtTransfer } from '../../transfer/lookAtTransfer';
import type { Manifest } from '../../transfer/manifest';
import type { ExpectedManifest } from '../../transfer/manifestReader';

/** Milliseconds that a list of files may take to come. */
const PREVIEW_MS = 15_000;

interface Look {
  readonly manifest: Promise<Manifest>;
  readonly abort: AbortController;
}

/** Looks at what is offered: at most one for each offer, whose channel is then free for fetching it. */
export class Previews {
  private readonly looks = new Map<string, Look>();

  /** Several who look at the same moment see the same list. @throws PROTOCOL, OFFER_UNKNOWN, … */
  look(transferId: string, link: Link, expected: ExpectedManifest): Promise<Manifest> {
    const known = this.looks.get(transferId);
    if (known !== undefined) return known.manifest;
    const abort = new AbortController();
    const look = { manifest: this.read(transferId, link, expected, abort.signal), abort };
    this.looks.set(transferId, look);
    return look.manifest;
  }

  /** Resolves when nobody looks any more. */
  async end(transferId: string): Promise<void> {
    const look = this.looks.get(transferId);
    look?.abort.abort(errors.cancelled());
    await look?.manifest.catch(() => undefined);
  }

  private async read(
    transferId: string,
    link: Link,
    expected: ExpectedManifest,
    ended: AbortSignal,
  ): Promise<Manifest> {
    try {
      const channel = link.open('beeline/transfer', Buffer.from(transferId, 'hex'));
      const signal = AbortSignal.any([ended, AbortSignal.timeout(PREVIEW_MS)]);
      try {
        return await lookAtTransfer({ channel, expected, signal, timeoutMs: PREVIEW_MS });
      } finally {
        channel.close();
      }
    } finally {
      this.looks.delete(transferId);
    }
  }
}
