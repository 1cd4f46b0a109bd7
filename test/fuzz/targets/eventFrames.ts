import { isFrame, parseEventFrame } from '../../../src/core/ats/eventFrames';
import { demand, jsonSeeds, parseJson } from '../properties';
import type { FuzzTarget } from '../target';
import { demandGoodTask } from './atsAnswers';

const task = { id: 7, status: 'pending', updated_at: '2026-03-01T12:00:00Z' };

/** An event names a task, or is none; what it carries is whole, or is left out. */
export const target: FuzzTarget = {
  covers: ['src/core/ats/eventFrames.ts'],
  kind: 'json',
  dictionary: ['task.created', 'task.message', 'task.', 'task_id', 'data', 'message', 'actor_id'],
  seeds: () =>
    jsonSeeds(
      { type: 'task.created', actor_id: 'bob', data: { task } },
      { type: 'task.later', data: { task: { id: 7 } } },
      { type: 'task.message', task_id: 7, data: { message: { id: 1, actor_id: 'bob' } } },
      { type: 'task.failed', data: { task_id: 7, actor_id: 'bob' } },
    ),
  fuzz(input) {
    const json = parseJson(input)?.value;
    isFrame(json, 'connected');
    const frame = parseEventFrame(json);
    if (frame === undefined) return false;
    demand(Number.isSafeInteger(frame.taskId), 'an event of no task');
    demand(/^(task\.[a-z_]+|seen)$/.test(frame.type), 'an event of no type');
    demand(isFrame(json, (json as { type: string }).type), 'a frame of another type');
    if (frame.task !== undefined) {
      demandGoodTask(frame.task);
      demand(frame.task.id === frame.taskId, 'an event of two tasks');
    }
    return true;
  },
};
