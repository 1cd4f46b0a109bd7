import assert from 'node:assert/strict';
import { AnswerPace, type PaceClock } from '../../src/cli/chat/answerPace';

/** Time passes only by waiting. */
function clock(): PaceClock & { at: number } {
  return {
    at: 0,
    now() {
      return this.at;
    },
    wait(ms) {
      this.at += ms;
      return Promise.resolve();
    },
  };
}

describe('the pace of answers', () => {
  it('lets a conversation run, and two programs that answer each other only slowly', async () => {
    const time = clock();
    const pace = new AnswerPace(time);
    const { signal } = new AbortController();
    for (let answer = 0; answer < 20; answer++) await pace.turn(signal);
    assert.equal(time.at, 0, 'nobody who talks waits');
    for (let answer = 0; answer < 100; answer++) await pace.turn(signal);
    assert.equal(time.at, 300_000, 'one in three seconds from then on');
  });

  it('has its burst again after silence, and no more than that', async () => {
    const time = clock();
    const pace = new AnswerPace(time);
    const { signal } = new AbortController();
    for (let answer = 0; answer < 20; answer++) await pace.turn(signal);
    time.at += 3_600_000;
    const after = async (answers: number): Promise<number> => {
      for (let answer = 0; answer < answers; answer++) await pace.turn(signal);
      return time.at - 3_600_000;
    };
    assert.equal(await after(20), 0);
    assert.equal(await after(1), 3000, 'an hour of silence is not an hour of answers');
  });

  it('keeps nobody who leaves', async () => {
    const pace = new AnswerPace({
      now: () => 0,
      wait: (_ms, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reject(new Error('ended'));
          });
        }),
    });
    const leaving = new AbortController();
    for (let answer = 0; answer < 20; answer++) await pace.turn(leaving.signal);
    const waiting = pace.turn(leaving.signal);
    leaving.abort();
    await waiting;
  });
});
