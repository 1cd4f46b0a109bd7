/** What one shell said of itself. */
export interface Attending {
  readonly shellId: string;
  readonly chats: boolean;
  readonly calls: boolean;
  readonly open: readonly string[];
}

/** Who is here for chats and calls: windows, terminals and programs of this home. */
export class Attendance {
  private readonly shells = new Map<string, Attending>();

  /** @param changed told with what was open before, as well as what is now */
  constructor(private readonly changed: (kids: readonly string[]) => void) {}

  get chats(): boolean {
    return [...this.shells.values()].some(({ chats }) => chats);
  }

  get calls(): boolean {
    return [...this.shells.values()].some(({ calls }) => calls);
  }

  /** Whether a conversation is in front of somebody. */
  isOpen(kid: string): boolean {
    return [...this.shells.values()].some(({ open }) => open.includes(kid));
  }

  openOnes(): string[] {
    return [...new Set([...this.shells.values()].flatMap(({ open }) => open))];
  }

  /** A shell that takes nothing and has nothing open is gone. */
  say(attending: Attending): void {
    const before = this.openOnes();
    const { shellId, chats, calls, open } = attending;
    this.shells.delete(shellId);
    if (chats || calls || open.length > 0) this.shells.set(shellId, attending);
    this.changed([...new Set([...before, ...open])]);
  }
}
