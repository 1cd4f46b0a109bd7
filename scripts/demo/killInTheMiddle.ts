import type { Stage } from './stage';

/** Late enough to have something to go on from, and early enough to have something to go on with. */
const MIDDLE = 0.4;

/** Kills the agent as soon as it tells that it has so much of what is called this. */
export async function killInTheMiddle(
  stage: Stage,
  fileName: string,
): Promise<{ readonly bytes: number; readonly total: number }> {
  return new Promise((resolve, reject) => {
    const hear = (event: Readonly<Record<string, unknown>>) => {
      if (event['event'] !== 'progress' || event['fileName'] !== fileName) return;
      const [bytes, total] = [Number(event['bytes']), Number(event['total'])];
      if (bytes < total * MIDDLE) return;
      stop();
      if (bytes >= total) reject(new Error(`${fileName} had arrived before anybody was killed.`));
      else {
        stage.killAgent().then(() => {
          resolve({ bytes, total });
        }, reject);
      }
    };
    const stop = stage.hearAgent(hear);
  });
}
