import path from 'node:path';
import { startKernel } from '../../../src/host/kernel-process';
import type { RuntimeSelection } from '../../../src/protocol/messages';

// What a kernel of ours takes, as JSON on one line: `measure.cjs NOTEBOOK RUNTIME RUNS`. Seconds from the start of the process that asks.

const [notebook, runtime, runs] = process.argv.slice(2) as [string, string, string];

async function main(): Promise<void> {
  const began = performance.now();
  const session = await startKernel({
    notebook: path.resolve(notebook),
    runtime: JSON.parse(runtime) as RuntimeSelection,
    onOutput() {},
  });
  let cells = 0;
  const run = async (source: string) => {
    const start = performance.now();
    cells += 1;
    const { ok, error } = await session.execute({ cellId: `c${cells}`, source, tags: [] });
    return { ms: performance.now() - start, ok, error: error?.name };
  };
  const must = async (source: string) => {
    const { ms, ok, error } = await run(source);
    if (!ok) throw new Error(`${source}: ${error}`);
    return ms;
  };
  await must('1+1');
  const first = performance.now() - began;
  await must('tf.ones([2]).sum().dataSync()');
  const tensor = performance.now() - began;
  for (let warm = 0; warm < 20; warm++) await must('1+1');
  const trips: number[] = [];
  for (let trip = 0; trip < Number(runs); trip++) trips.push(await must('1+1'));
  const interrupts: { [tier: string]: number } = {};
  for (const [tier, source] of [
    ['await', 'await new Promise(() => {})'],
    ['loop', 'for (;;) {}'],
    ['await in a loop', 'for (;;) await new Promise((done) => setTimeout(done, 1))'],
    ['one call', 'Array.from({ length: 3e8 }, (_, i) => i).sort()'],
  ] as const) {
    const ended = run(source);
    await new Promise((done) => setTimeout(done, 300));
    const start = performance.now();
    await session.interrupt();
    const { error } = await ended;
    if (error !== 'Interrupted') throw new Error(`${source} ended with ${error}.`);
    interrupts[tier] = performance.now() - start;
  }
  await session.dispose();
  console.log(`@${JSON.stringify({ first, tensor, trips, interrupts })}`);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
