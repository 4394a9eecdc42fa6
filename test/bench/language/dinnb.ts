import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { ServedCells } from './editor';
import {
  cpuOf,
  type Found,
  type Input,
  KEY_MS,
  lineOf,
  memoryOf,
  runToEnd,
  sleep,
  THOUGHT_MS,
  wrongLine,
} from './typing';

// dinnb's own side of the extension host (client, providers, underlines) and its language server, as the editor has them: `dinnb.cjs INPUT`.

async function main(): Promise<void> {
  const { notebook, cells, words } = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as Input;
  const delays = monitorEventLoopDelay({ resolution: 5 });
  const editor = new ServedCells(notebook, cells);
  // What was loaded so far is no part of it.
  await sleep(100);
  delays.enable();
  const opened = performance.now();
  editor.open();
  const written = Math.floor(cells.length / 2);
  const text = cells[written]!.source;
  if ((await editor.type(written, `${text}\ntf.`)) < 100) throw new Error('TensorFlow has more members.');
  const first = performance.now() - opened;
  const firstCpu = cpuOf(editor.pid!);
  await editor.settled();
  const completion: number[] = [];
  const error: number[] = [];
  for (let word = 0; word < words; word++) {
    const line = lineOf(word);
    for (let length = 1; length <= line.length; length++) {
      const asked = performance.now();
      await editor.type(written, `${text}\n${line.slice(0, length)}`);
      completion.push(performance.now() - asked);
      await sleep(Math.max(0, KEY_MS - (performance.now() - asked)));
    }
    await Promise.all([sleep(THOUGHT_MS), editor.pause(written)]);
    const asked = performance.now();
    const underlined = editor.underlined(written, 2322);
    void editor.type(written, `${text}\n${wrongLine(word)}`);
    await underlined;
    error.push(performance.now() - asked);
    await sleep(THOUGHT_MS);
  }
  const memory = memoryOf(editor.pid!);
  const blocked = delays.max / 1e6 - 5;
  editor.dispose();
  const found: Found = { first, firstCpu, completion, error, memory: memory.now, peak: memory.peak, blocked };
  console.log(JSON.stringify(found));
}

runToEnd(main);
