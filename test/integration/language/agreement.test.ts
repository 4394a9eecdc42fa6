import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServerProcess, startServer } from '../../../src/extension/language/server-process';
import type { Problem } from '../../../src/language/diagnostics';
import { METHOD, type Questions } from '../../../src/language/messages';
import { CORPUS_FILES, type CorpusCell, type CorpusNotebook, readCorpus, withMarks } from '../../corpus';
import { TestKernel } from '../kernel/kernel';

// What runs in a kernel and what the editor underlines agree: both corpora go through the language server that the package ships and
// through a kernel.

let kernel: TestKernel;
let server: ServerProcess;
beforeAll(async () => {
  kernel = await TestKernel.start({}, CORPUS_FILES);
  server = startServer((line) => console.error(line));
});
afterAll(async () => {
  server?.kill();
  await kernel?.stop();
});

async function underlined({ title, cells }: CorpusNotebook): Promise<Problem[][]> {
  const order = cells.map((_, index) => `c${index}`);
  const changed = cells.map(({ source, parameters }, index) => ({ id: `c${index}`, source, parameters }));
  const notebook = title;
  const file = path.join(kernel.folder, 'test.dinnb');
  await server.connection.sendNotification(METHOD.sync, { notebook, path: file, order, changed });
  const ask = { notebook, question: 'problems', params: {} };
  const answer = await server.connection.sendRequest<Questions['problems']['answer']>(METHOD.ask, ask);
  await server.connection.sendNotification(METHOD.close, notebook);
  expect(answer.configuration).toEqual([]);
  return answer.cells.map(({ problems }) => problems.filter(({ severity }) => severity === 'error'));
}

/** What the kernel did, and the first line of the cell that its error names. */
async function ran({
  source,
  parameters,
}: CorpusCell): Promise<{ did: CorpusCell['kernel']; line?: number; said?: string }> {
  const { result } = await kernel.run(source, parameters ? ['parameters'] : []);
  if (result.ok) return { did: 'runs' };
  const { name, message, stack } = result.error!;
  const line = /at cell \d+:(\d+)/.exec(stack)?.[1];
  return {
    did: name === 'SyntaxError' ? 'refused' : 'fails',
    said: `${name}: ${message}`,
    ...(line && { line: Number(line) }),
  };
}

const lineOf = (source: string, offset: number) => source.slice(0, offset).split('\n').length;

describe('what is right', () => {
  const notebooks = readCorpus('valid');

  it('are 300 cells', () => expect(notebooks.flatMap(({ cells }) => cells).length).toBeGreaterThanOrEqual(300));

  for (const notebook of notebooks) {
    it(`${notebook.title}: nothing is underlined, everything runs`, async () => {
      const problems = await underlined(notebook);
      const wrong = problems.flatMap((found, index) =>
        found.map(
          ({ code, message, ...span }) =>
            `${withMarks(notebook.cells[index]!.source, [{ code, ...span }])} ${code} ${message}`,
        ),
      );
      expect(wrong).toEqual([]);
      for (const cell of notebook.cells) expect(await ran(cell), cell.source).toEqual({ did: 'runs' });
    });
  }
});

describe('what is wrong', () => {
  const notebooks = readCorpus('errors');

  it('are 100 errors', () =>
    expect(notebooks.flatMap(({ cells }) => cells.flatMap(({ errors }) => errors)).length).toBeGreaterThanOrEqual(100));

  for (const notebook of notebooks) {
    it(`${notebook.title}: each error is underlined once, at its place, and the kernel says the same or runs`, async () => {
      const problems = await underlined(notebook);
      const marked = problems.map((found, index) => [
        withMarks(notebook.cells[index]!.source, found),
        ...found.map(({ code }) => code),
      ]);
      expect(marked).toEqual(
        notebook.cells.map(({ source, errors }) => [withMarks(source, errors), ...errors.map(({ code }) => code)]),
      );
      const wrong: string[] = [];
      for (const cell of notebook.cells) {
        const { did, line, said } = await ran(cell);
        if (did !== cell.kernel) wrong.push(`${cell.source}: ${did}, not ${cell.kernel} (${said})`);
        const expected = lineOf(cell.source, cell.errors[0]?.start ?? 0);
        if (line !== undefined && line !== expected) wrong.push(`${cell.source}: line ${line}, not ${expected}`);
      }
      expect(wrong).toEqual([]);
    });
  }
});
