import { createRequire } from 'node:module';
import { Violation } from '../properties';
import type { FuzzTarget } from '../target';
import { Corpus } from './corpus';
import { Coverage } from './coverage';
import { Execution } from './execution';
import { MemoryGuard } from './memoryGuard';
import { minimise } from './minimise';
import { Mutator } from './mutate';
import type { Answer, Order } from './order';
import { Random } from './random';

/**
 * A small coverage-guided fuzzer, in a process of its own: an input that reaches something new
 * joins those that the next ones are made of.
 *
 * It is ours because none of the packaged ones runs here. Jazzer.js 4.0.0 brings a binary that asks
 * for glibc 2.38, and its older versions download theirs while they are installed. jsfuzz has no
 * seed, no time limit and no words to put in, sends each input through a socket as JSON, and brings
 * an instrumenter that does not know private fields. What those trace in comparisons is made up for
 * by dictionaries, and by changes of JSON that leave it JSON.
 */
async function fuzz(order: Order): Promise<Answer> {
  // No stack is looked at before something is wrong, and making them takes half of the time.
  Error.stackTraceLimit = 0;
  const { target } = createRequire(order.bundle)(order.bundle) as { target: FuzzTarget };
  const execution = new Execution(target, order.currentInput);
  try {
    return await hold(target, execution, order);
  } catch (thrown) {
    return await explain(execution, thrown);
  } finally {
    execution.close();
  }
}

async function hold(target: FuzzTarget, execution: Execution, order: Order): Promise<Answer> {
  const coverage = new Coverage(target.covers);
  const corpus = new Corpus(order.corpus);
  const reach = async (input: Buffer): Promise<void> => {
    const accepted = await execution.run(input);
    if (coverage.news() > 0) corpus.add(input, accepted);
  };
  for (const input of corpus.kept) await reach(input);
  for (const [index, seed] of target.seeds().entries()) {
    if (!(await execution.run(seed))) throw new Violation(`seed ${index} is refused`);
    coverage.news();
    // Also when others reach as much: what is nearly right is made of what is right.
    corpus.add(seed, true);
  }
  const known = corpus.size;
  const random = new Random(order.seed);
  const mutator = new Mutator(target, random);
  const memory = new MemoryGuard();
  const end = performance.now() + order.milliseconds;
  while (performance.now() < end) {
    await reach(mutator.mutate(corpus.pick(random), corpus.pick(random)));
    memory.check();
  }
  const found = corpus.size - known;
  const reached = coverage.reached();
  const { runs, accepted } = execution;
  if (order.keep) {
    const fresh = new Coverage(target.covers);
    const news = async (input: Buffer): Promise<number> => {
      await execution.run(input);
      return fresh.news();
    };
    // Seeds are made anew each time, so that they need no files.
    for (const seed of target.seeds()) await news(seed);
    await corpus.write(news);
  }
  return { kind: 'held', runs, accepted, found, reached };
}

/** The shortest input that breaks the same, which is then the current one, and what it breaks. */
async function explain(execution: Execution, thrown: unknown): Promise<Answer> {
  const smallest = await minimise(execution.input, execution);
  Error.stackTraceLimit = 30;
  const { message, stack } = (await execution.attempt(smallest)) ?? (thrown as Error);
  return { kind: 'violated', message, stack: stack ?? message };
}

function answer(said: Answer): void {
  process.stdout.write(`\n${JSON.stringify(said)}\n`, () => {
    process.exit(said.kind === 'held' ? 0 : 1);
  });
}

process.on('unhandledRejection', (reason) => {
  const message = `nobody handles: ${String(reason)}`;
  answer({ kind: 'violated', message, stack: message });
});

fuzz(JSON.parse(process.argv[2] ?? '{}') as Order).then(answer, (thrown: unknown) => {
  const { message, stack } = thrown as Error;
  answer({ kind: 'violated', message, stack: stack ?? message });
});
