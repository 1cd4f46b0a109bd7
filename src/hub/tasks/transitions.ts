import type { TaskEventType, TaskStatus } from '../../core/ats/types';

export type TaskAction = 'claim' | 'complete' | 'cancel' | 'fail' | 'reject' | 'reopen';

export interface Transition {
  readonly from: readonly TaskStatus[];
  readonly to: TaskStatus;
  readonly event: TaskEventType;
  /** For sentences: "cannot be completed". */
  readonly participle: string;
}

/** What each action does, and from where; everything else is refused. */
export const transitions: Readonly<Record<TaskAction, Transition>> = {
  claim: {
    from: ['pending'],
    to: 'in_progress',
    event: 'task.claimed',
    participle: 'claimed',
  },
  complete: {
    from: ['in_progress'],
    to: 'completed',
    event: 'task.completed',
    participle: 'completed',
  },
  cancel: {
    from: ['pending', 'in_progress'],
    to: 'cancelled',
    event: 'task.cancelled',
    participle: 'cancelled',
  },
  fail: {
    from: ['in_progress'],
    to: 'failed',
    event: 'task.failed',
    participle: 'failed',
  },
  reject: {
    from: ['pending'],
    to: 'rejected',
    event: 'task.rejected',
    participle: 'rejected',
  },
  reopen: {
    from: ['completed', 'cancelled', 'failed', 'rejected'],
    to: 'pending',
    event: 'task.reopened',
    participle: 'reopened',
  },
};

/** The action by which a PATCH of the status is judged. */
export function actionToward(from: TaskStatus, to: TaskStatus): TaskAction | 'release' {
  switch (to) {
    case 'in_progress':
      return 'claim';
    case 'completed':
      return 'complete';
    case 'cancelled':
      return 'cancel';
    case 'failed':
      return 'fail';
    case 'rejected':
      return 'reject';
    case 'pending':
      return from === 'in_progress' ? 'release' : 'reopen';
  }
}
