import type { Transfer } from '../events';
import type { Home } from '../home/home';
import { readEnded } from './records';

/** Ended transfers kept for the shells and for `status`; older ones go. */
const MAX_ENDED = 200;

/** The transfers that have ended, newest first. */
export class History {
  private constructor(
    private readonly home: Home,
    private ended: Transfer[],
  ) {}

  static async open(home: Home): Promise<History> {
    const records = await home.readAll('history');
    const ended = records.map(readEnded).filter((transfer) => transfer !== undefined);
    ended.sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
    return new History(home, ended);
  }

  list(): readonly Transfer[] {
    return this.ended;
  }

  find(transferId: string): Transfer | undefined {
    return this.ended.find((transfer) => transfer.transferId === transferId);
  }

  async add(transfer: Transfer): Promise<void> {
    const others = this.ended.filter((other) => other.transferId !== transfer.transferId);
    const dropped = others.slice(MAX_ENDED - 1);
    this.ended = [transfer, ...others.slice(0, MAX_ENDED - 1)];
    await this.home.write('history', transfer.transferId, transfer);
    await Promise.all(dropped.map((old) => this.home.remove('history', old.transferId)));
  }
}
