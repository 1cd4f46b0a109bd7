import { createCipheriv, randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';

/** In the editor's folder: for anybody, for a paired agent, and a folder that takes a while. */
export const SAMPLE = 'measurements.csv';
export const PRIVATE_SAMPLE = 'findings.md';
export const FOLDER_SAMPLE = 'simulation';
/** In `FOLDER_SAMPLE`, and left out of what is sent, since its `.gitignore` names it. */
export const IGNORED_SAMPLE = 'scratch';

/** Together about 60 MB: big enough that progress can be seen. */
const SAMPLE_ROWS = 100_000;
const SAMPLE_PARTS = 50;
/** Together about 600 MB: seconds over loopback, so that somebody can be killed in the middle. */
const STEPS = 60;
const STEP_BYTES = 10_000_000;
const SCRATCH_BYTES = 5_000_000;
/** Not now, and not a whole second, so that it can be seen whether times arrive as they were. */
const WRITTEN = Date.parse('2026-02-03T04:05:06.789Z');

/** What both sides have to send. */
export async function writeSamples(workspace: string, agentFiles: string): Promise<void> {
  await fs.mkdir(path.join(workspace, 'src'), { recursive: true });
  await fs.mkdir(agentFiles);
  const rows = Array.from(
    { length: SAMPLE_ROWS },
    (_, row) => `${String(row)},${String((row * 7919) % 1009)}\n`,
  ).join('');
  const sample = path.join(workspace, SAMPLE);
  await fs.writeFile(sample, 'step,value\n');
  for (let part = 0; part < SAMPLE_PARTS; part += 1) await fs.appendFile(sample, rows);
  await fs.writeFile(
    path.join(workspace, 'README.md'),
    `# Sample\n\nRight-click \`${SAMPLE}\` and choose *Send to Agent…*.\n`,
  );
  await fs.writeFile(path.join(workspace, 'src', 'run.py'), 'print("measuring")\n');
  const run = randomBytes(4).toString('hex');
  const write = (file: string, title: string, text: string) =>
    fs.writeFile(file, `# ${title} ${run}\n\n${text}\n`);
  await write(path.join(workspace, PRIVATE_SAMPLE), 'Findings', 'For one reader only.');
  await write(path.join(agentFiles, 'analysis.md'), 'Analysis', 'It repeats every 1009 steps.');
  await write(path.join(agentFiles, 'review.md'), 'Review', 'Section 2 lacks a reason.');
  await writeFolder(path.join(workspace, FOLDER_SAMPLE));
}

/** All that a folder can have, the same in every run. */
async function writeFolder(folder: string): Promise<void> {
  const at = (...parts: string[]) => path.join(folder, ...parts);
  await fs.mkdir(at('steps'), { recursive: true });
  await fs.mkdir(at('plots'));
  await fs.mkdir(at(IGNORED_SAMPLE));
  await fs.writeFile(at('.gitignore'), `${IGNORED_SAMPLE}/\n`);
  await fs.writeFile(at('run.sh'), '#!/bin/sh\nexec python3 ../src/run.py "$@"\n');
  await fs.chmod(at('run.sh'), 0o755);
  await fs.writeFile(at('Größen.md'), '# Größen\n\nOne file per step.\n');
  await fs.writeFile(at(IGNORED_SAMPLE, 'cache.bin'), noise(0, SCRATCH_BYTES));
  const steps = Array.from({ length: STEPS }, (_, step) => {
    return path.join('steps', `step-${String(step + 1).padStart(2, '0')}.bin`);
  });
  for (const [step, file] of steps.entries()) {
    await fs.writeFile(at(file), noise(step + 1, STEP_BYTES));
  }
  // There only administrators may make links.
  if (process.platform !== 'win32') await fs.symlink(steps.at(-1) ?? 'steps', at('latest'));
  // Folders after what is in them, which would otherwise change their times again.
  const dated = ['.gitignore', 'run.sh', 'Größen.md', ...steps, 'steps', 'plots', '.'];
  for (const [place, name] of dated.entries()) {
    const time = new Date(WRITTEN + place * 61_001);
    await fs.utimes(at(name), time, time);
  }
}

/** Bytes that cannot be compressed, and are the same for the same number. */
function noise(number: number, size: number): Buffer {
  const counter = Buffer.alloc(16);
  counter.writeUInt32BE(number);
  return createCipheriv('aes-128-ctr', Buffer.alloc(16), counter).update(Buffer.alloc(size));
}
