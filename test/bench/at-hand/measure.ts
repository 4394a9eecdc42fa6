import path from 'node:path';
import { startKernel } from '../../../src/host/kernel-process';
import type { InspectParams } from '../../../src/outputs/inspect';
import type { RuntimeSelection } from '../../../src/protocol/messages';

// What is at hand while one works, as JSON on one line: `measure.cjs NOTEBOOK RUNTIME LINES UPDATES ROWS`. The host keeps nothing of what
// comes, so that its memory tells what passing it on costs.

const [notebook, runtime, ...counts] = process.argv.slice(2) as [string, string, ...string[]];
const [lines = 1e6, updates = 1e5, rows = 1e6] = counts.map(Number);
const MB = 1e6;

async function main(): Promise<void> {
  let tail = '';
  let events = 0;
  const session = await startKernel({
    notebook: path.resolve(notebook),
    runtime: JSON.parse(runtime) as RuntimeSelection,
    onOutput: ({ event }) => {
      events++;
      if (event.type === 'stream') tail = event.text.slice(-200);
    },
  });
  let cells = 0;
  const run = async (source: string) => {
    cells += 1;
    const { ok, error } = await session.execute({ cellId: `c${cells}`, source, tags: [] });
    if (!ok) throw new Error(`${source}: ${error?.stack}`);
  };
  const memory = () => {
    globalThis.gc?.();
    return process.memoryUsage().rss / MB;
  };
  /** Wall, processor and megabytes of this process and of the kernel's, for one cell. */
  const cell = async (source: string) => {
    await run(`globalThis.before = [process.memoryUsage().rss, process.cpuUsage()]; undefined`);
    const [start, cpu, rss] = [performance.now(), process.cpuUsage(), memory()];
    await run(source);
    const seconds = (performance.now() - start) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    await run(
      `globalThis.gc?.(); const spent = process.cpuUsage(before[1]); console.log(JSON.stringify([(process.memoryUsage().rss - before[0]) / 1e6, (spent.user + spent.system) / 1e6]))`,
    );
    const [kernelMB, kernelCpuSeconds] = JSON.parse(tail.trim().split('\n').at(-1)!) as [number, number];
    const host = { hostCpuSeconds: (user + system) / 1e6, hostMB: memory() - rss };
    return { seconds, ...host, kernelMB, kernelCpuSeconds };
  };
  const ask = async (params: InspectParams) => {
    const start = performance.now();
    const answer = await session.inspect(params);
    if (answer.ok === false) throw new Error(JSON.stringify(answer));
    return performance.now() - start;
  };
  const printed = await cell(`for (let i = 0; i < ${lines}; i++) console.log('line ' + i); undefined`);
  const eventsBefore = events;
  const shown = await cell(
    `const shown = display({ 'text/plain': '' }); for (let i = 0; i < ${updates}; i++) { shown.update({ 'text/plain': 'step ' + i }); if (i % 1000 === 0) await new Promise((r) => setImmediate(r)); } undefined`,
  );
  const messages = events - eventsBefore;
  await run(
    `var many = din.data.from({ n: Float64Array.from({ length: ${rows} }, (_, i) => (i * 7919) % ${rows}), x: Float64Array.from({ length: ${rows} }, () => Math.random()), genre: Array.from({ length: ${rows} }, (_, i) => 'genre ' + (i * 31) % 1000) }); undefined`,
  );
  const page = (query: object) => ask({ what: 'page', name: 'many', query: { start: 0, count: 25, ...query } });
  const first = await page({});
  const sorted = [];
  for (const column of [0, 1, 2]) sorted.push(await page({ sort: { column, descending: column === 1 } }));
  const next = await page({ sort: { column: 2, descending: false }, start: 25 });
  const filtered = await page({ filter: 'genre 77' });
  await run(Array.from({ length: 1000 }, (_, i) => `const v${i} = { a: ${i}, list: [1, 2, 3] };`).join('\n'));
  const refreshes = [];
  for (let turn = 0; turn < 5; turn++) refreshes.push(await ask({ what: 'variables' }));
  await session.dispose();
  console.log(
    `@${JSON.stringify({ printed, shown, messages, table: { first, sorted, next, filtered }, refresh: Math.min(...refreshes) })}`,
  );
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
