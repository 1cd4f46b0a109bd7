import type * as vscode from 'vscode';
import { turnServerKey, type TurnServer } from './iceSettings';
import { turnSecret } from './ids';

/** Passwords of TURN servers, one for each server and user, in the editor's secret storage. */
export class TurnPasswords {
  constructor(private readonly secrets: vscode.SecretStorage) {}

  /** Those of these servers, to be looked up while settings are resolved. */
  async of(servers: readonly TurnServer[]): Promise<(server: TurnServer) => string | undefined> {
    const known = new Map<string, string>();
    for (const server of servers) {
      const key = turnServerKey(server);
      const password = await this.secrets.get(turnSecret(key));
      if (password !== undefined) known.set(key, password);
    }
    return (server) => known.get(turnServerKey(server));
  }

  async set(server: TurnServer, password: string): Promise<void> {
    await this.secrets.store(turnSecret(turnServerKey(server)), password);
  }
}
