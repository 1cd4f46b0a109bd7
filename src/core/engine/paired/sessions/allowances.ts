import { FrameAllowance } from './frameAllowance';

/** What each paired agent may cost us, by key id. */
export class Allowances {
  private readonly allowances = new Map<string, FrameAllowance>();

  of(kid: string): FrameAllowance {
    let allowance = this.allowances.get(kid);
    if (allowance === undefined) {
      allowance = new FrameAllowance();
      this.allowances.set(kid, allowance);
    }
    return allowance;
  }

  forget(kid: string): void {
    this.allowances.delete(kid);
  }
}
