import { spawn, type ChildProcess } from 'node:child_process';
import { MAX_MESSAGE_BYTES, type ChatMessage } from '../../core/chatEvents';
import type { Agent } from '../../core/events';
import { displayText } from '../output/displayText';

/** Milliseconds: a model that thinks is slow, one that hangs must not stop the conversation. */
const TIMEOUT_MS = 5 * 60 * 1000;
/** Milliseconds between being asked to end and being ended. */
const GRACE_MS = 3000;
/** Bytes of what a command complains, for the log. */
const MAX_COMPLAINT = 4096;
/** What stands where an answer was cut, so that the other side does not take it for the whole. */
const CUT = '\n… (cut here)';

export type CommandOutcome =
  | { readonly kind: 'answer'; readonly text: string }
  | { readonly kind: 'none' }
  /** `why` is a sentence without the message's words. */
  | { readonly kind: 'failed'; readonly why: string };

export interface CommandOptions {
  readonly command: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Milliseconds; shorter ones are for tests. */
  readonly timeoutMs?: number;
}

/**
 * Runs the person's command for one message. It is their own line for their own shell; nothing of
 * the other side's stands in it: text goes to standard input, names and ids to the environment.
 */
export async function runMessageCommand(
  message: ChatMessage,
  agent: Agent,
  { command, cwd, env, signal, timeoutMs = TIMEOUT_MS }: CommandOptions,
): Promise<CommandOutcome> {
  const input = inputOf(message);
  if (input === undefined || signal.aborted) return { kind: 'none' };
  const child = spawn(command, {
    shell: true,
    cwd,
    env: { ...env, ...about(message, agent) },
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own, so that what the shell has started ends with it.
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  const output = new Kept(MAX_MESSAGE_BYTES - Buffer.byteLength(CUT));
  const complaint = new Kept(MAX_COMPLAINT);
  child.stdout.on('data', (part: Buffer) => {
    output.add(part);
  });
  child.stderr.on('data', (part: Buffer) => {
    complaint.add(part);
  });
  // A command that does not read is no failure.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const end = await ended(child, signal, timeoutMs);
  if (end.kind === 'failed') {
    const said = displayText(complaint.text().trim(), 300);
    return { kind: 'failed', why: said === '' ? end.why : `${end.why} ${said}` };
  }
  const text = output.text().trimEnd();
  if (text === '') return { kind: 'none' };
  return { kind: 'answer', text: output.isCut ? text + CUT : text };
}

type End = { readonly kind: 'done' } | { readonly kind: 'failed'; readonly why: string };

async function ended(child: ChildProcess, signal: AbortSignal, timeoutMs: number): Promise<End> {
  let isLate = false;
  let killing: NodeJS.Timeout | undefined;
  const stop = (): void => {
    kill(child, 'SIGTERM');
    killing ??= setTimeout(() => {
      kill(child, 'SIGKILL');
    }, GRACE_MS);
  };
  const timer = setTimeout(() => {
    isLate = true;
    stop();
  }, timeoutMs);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await new Promise<End>((resolve) => {
      child.once('error', (error) => {
        resolve({ kind: 'failed', why: `The command cannot be run: ${error.message}.` });
      });
      child.once('close', (code, by) => {
        if (isLate) {
          const seconds = String(Math.round(timeoutMs / 1000));
          resolve({
            kind: 'failed',
            why: `The command took more than ${seconds} s and was ended.`,
          });
        } else if (code === 0) resolve({ kind: 'done' });
        else resolve({ kind: 'failed', why: `The command ended with ${String(code ?? by)}.` });
      });
    });
  } finally {
    clearTimeout(timer);
    clearTimeout(killing);
    signal.removeEventListener('abort', stop);
  }
}

function kill(child: ChildProcess, by: NodeJS.Signals): void {
  try {
    if (process.platform === 'win32' || child.pid === undefined) child.kill(by);
    else process.kill(-child.pid, by);
  } catch {
    // It has ended just now.
  }
}

/** Files are offered by their transfer, and are no words to answer. */
function inputOf({ body }: ChatMessage): string | undefined {
  switch (body.kind) {
    case 'text':
      return body.text;
    case 'code': {
      const { path, range, text } = body;
      return `${displayText(path, 1000)}:${range.startLine}-${range.endLine}\n\n${text}`;
    }
    case 'file':
      return undefined;
  }
}

/** The agent chose its names, so they are one line and without anything hidden. */
function about({ messageId, body }: ChatMessage, agent: Agent): Record<string, string> {
  return {
    BEELINE_AGENT_NAME: displayText(agent.name),
    BEELINE_AGENT_ID: displayText(agent.actorId, 128),
    BEELINE_AGENT_KID: agent.kid,
    BEELINE_MESSAGE_ID: messageId,
    BEELINE_MESSAGE_KIND: body.kind,
  };
}

/** The first bytes of an output; the rest is read, so that its writer does not hang, and forgotten. */
class Kept {
  isCut = false;
  readonly #parts: Buffer[] = [];
  #room: number;

  constructor(max: number) {
    this.#room = max;
  }

  add(part: Buffer): void {
    if (part.length > this.#room) this.isCut = true;
    const kept = part.subarray(0, this.#room);
    this.#room -= kept.length;
    if (kept.length > 0) this.#parts.push(kept);
  }

  text(): string {
    const text = Buffer.concat(this.#parts).toString();
    // A character that was cut in two; up to three bytes become one mark.
    return this.isCut ? text.replace(/\ufffd$/, '') : text;
  }
}
