import type * as vscode from 'vscode';
import { apiKeySecret } from './ids';
import { originOf } from './settings';

/**
 * API keys, one for each service's origin, in the editor's secret storage and nowhere else.
 * A key is looked up by the origin it was given for, so it cannot travel to another service when
 * the address changes.
 */
export class ApiKeys {
  constructor(private readonly secrets: vscode.SecretStorage) {}

  async get(url: string): Promise<string | undefined> {
    const origin = originOf(url);
    return origin === undefined ? undefined : await this.secrets.get(apiKeySecret(origin));
  }

  async set(origin: string, key: string): Promise<void> {
    await this.secrets.store(apiKeySecret(origin), key);
  }

  async clear(origin: string): Promise<void> {
    await this.secrets.delete(apiKeySecret(origin));
  }

  /** Also when another window changed one. */
  onDidChange(listener: () => void): vscode.Disposable {
    return this.secrets.onDidChange(listener);
  }
}
