import os from 'node:os';
import * as vscode from 'vscode';
import { errorData } from './errorData';
import { loadEngine } from './loadEngine';
import type { ServicePlace } from './profile';
import { originOf } from './settings';
import { sentenceText } from './text/displayText';

export interface KnownService {
  readonly url: string;
  readonly description: string;
  readonly place?: ServicePlace;
  /** Who says so, when it is not the person. */
  readonly saidBy?: 'project' | 'invite';
}

/**
 * Services that this person, or a project that is open, already configured for the task service.
 * Projects are asked only when the person trusts them.
 */
export async function existingServices(): Promise<readonly KnownService[]> {
  const folders = vscode.workspace.isTrusted
    ? (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file')
    : [];
  const found = await Promise.all([
    existingService(undefined),
    ...folders.map(({ uri }) => existingService(uri.fsPath)),
  ]);
  return found.flatMap((service) => service ?? []);
}

async function existingService(cwd: string | undefined): Promise<KnownService | undefined> {
  try {
    const places = { cwd, env: process.env, homedir: os.homedir() };
    const { url, organization, project } = await loadEngine().loadAtsConfiguration(places);
    if (url.source === 'default') return undefined;
    const place: ServicePlace = {
      origin: originOf(url.value) ?? url.value,
      ...(organization.value !== undefined && { organization: organization.value }),
      ...(project.value !== undefined && { project: project.value }),
    };
    return { url: url.value, place, ...describe(url.source) };
  } catch (error) {
    // A damaged file costs its proposal and is named; set-up goes on without it.
    void vscode.window.showWarningMessage(sentenceText(errorData(error).message));
    return undefined;
  }
}

function describe(
  source: 'environment' | 'project' | 'user',
): Pick<KnownService, 'description' | 'saidBy'> {
  switch (source) {
    case 'environment':
      return { description: 'from the variable ATS_URL' };
    case 'project':
      return { description: "from this project's .ats/config", saidBy: 'project' };
    case 'user':
      return { description: 'from your .ats/config' };
  }
}
