import assert from 'node:assert/strict';
import type { ChatMessage } from '../../src/core/chatEvents';
import type { Agent } from '../../src/core/events';
import { runMessageCommand, type CommandOutcome } from '../../src/cli/chat/messageCommand';

describe('the command for messages', () => {
  const run = (command: string, timeoutMs: number): Promise<CommandOutcome> => {
    const message = { messageId: '0'.repeat(32), body: { kind: 'text', text: 'hello' } };
    const agent = { name: 'bob', actorId: 'bob', kid: '1'.repeat(64) };
    return runMessageCommand(message as ChatMessage, agent as Agent, {
      ...{ command, cwd: process.cwd(), env: process.env, timeoutMs },
      signal: new AbortController().signal,
    });
  };

  it('is ended with all that it started when it takes too long, and answers nothing', async () => {
    const began = performance.now();
    const outcome = await run('echo half; sleep 60 & sleep 60; echo rest', 1000);
    assert.ok(outcome.kind === 'failed', outcome.kind);
    assert.match(outcome.why, /more than 1 s and was ended/);
    assert.ok(performance.now() - began < 20_000, 'nothing that it started holds its output open');
  }).timeout(30_000);

  it('that will not end when it is asked to is ended', async () => {
    const outcome = await run(`trap '' TERM; while :; do sleep 1; done`, 1000);
    assert.ok(outcome.kind === 'failed', outcome.kind);
  }).timeout(30_000);

  it('in time answers', async () => {
    assert.deepEqual(await run('cat', 20_000), { kind: 'answer', text: 'hello' });
  }).timeout(30_000);
});
