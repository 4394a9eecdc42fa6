import { spawnSync } from 'node:child_process';
import { afterAll, describe, expect, it } from 'vitest';
import { parseNotebook } from '../../../src/notebook/parse';
import { Workspace } from './command';

const space = new Workspace();
afterAll(() => space.remove());

const asks = space.notebook(
  'asks.dinnb',
  '# Text cells are not counted',
  'const name = prompt("Name?", "Ada");\nconsole.log("hello", name);',
  "import { createInterface } from 'node:readline/promises';\nconst rl = createInterface({ input: process.stdin, output: process.stdout });\nconst age = await rl.question('Age? ');\nrl.close();\nage",
);
const RUN = ['run', asks, '--backend', 'wasm'];

/** What the cells show. */
const outputsOf = (file: string) =>
  parseNotebook(space.read(file), file)
    .cells.flatMap(({ outputs }) => outputs)
    .map((output) =>
      output.type === 'stream' ? output.text : output.type === 'result' ? output.data['text/plain'] : output.type,
    );

describe('dinnb run where cells ask', () => {
  it('takes piped lines as answers, and keeps questions and answers in the notebook', async () => {
    const run = space.start([...RUN, '--out', 'piped.dinnb'], { input: '\n36\nmore\n' });
    const { code, stdout } = await run.ended;
    expect(stdout).toContain('Name? [Ada] Ada\nhello Ada\n');
    expect(stdout).toContain("Age? 36\n'36'");
    expect(code).toBe(0);
    expect(outputsOf('piped.dinnb')).toEqual(['Name? [Ada] Ada\nhello Ada\n', 'Age? 36\n', "'36'"]);
  });

  it('a last line without an end counts; where the lines end the next question is an error that says so', async () => {
    const { code, stdout } = await space.start(RUN, { input: 'Grace' }).ended;
    expect(code).toBe(1);
    expect(stdout).toContain('hello Grace\n');
    expect(stdout).toMatch(
      /Error: Nobody can answer "Age\?": standard input has no more lines\..*--param.*\n.*cell 2:3:/,
    );
  });

  it.each([
    ['no input', undefined],
    ['an empty one', ''],
    ['one that is open and brings nothing', null],
  ])('with %s a question is an error at once, with the remedy', async (_what, input) => {
    const { code, stdout } = await space.start([...RUN, '--json'], { input }).ended;
    expect(code).toBe(1);
    const { cells } = JSON.parse(stdout);
    expect(cells[1].error.message).toMatch(
      /^Nobody can answer "Name\?": standard input .*parameter.*--param NAME=VALUE/,
    );
    expect(cells[1].error.stack).toContain('cell 1:1:');
    expect(cells[2]).toMatchObject({ skipped: true });
  });

  it('Ctrl+C ends a cell that waits for its answer', async () => {
    const run = space.start([...RUN, '--out', 'stopped.dinnb'], { input: null });
    await until(run.stdout, /Name\? /);
    run.process.kill('SIGINT');
    const { code } = await run.ended;
    expect(code).toBe(1);
    expect(outputsOf('stopped.dinnb')).toEqual(['Name? [Ada] \n', 'error']);
  });

  // `script` of util-linux gives its command a terminal of its own.
  const terminal = spawnSync('script', ['--version'], { encoding: 'utf8' });
  const hasTerminal = terminal.status === 0 && /util-linux/.test(terminal.stdout);
  if (!hasTerminal) console.log('not tested: dinnb run in a terminal, for want of `script` of util-linux');
  it.runIf(hasTerminal)('a terminal answers, shows what is typed once, and ends with Ctrl+D', async () => {
    const run = space.terminal([...RUN, '--out', 'typed.dinnb']);
    await until(run.stdout, /Name\? \[Ada\] /);
    run.process.stdin!.write('Linus\n');
    await until(run.stdout, /Age\? /);
    expect(run.stdout().replaceAll('\r', '')).toContain('Name? [Ada] Linus\nhello Linus\n');
    run.process.stdin!.write('\u0004');
    const { stdout } = await run.ended;
    expect(stdout).toContain('The question "Age?" has no answer: the input was closed.');
    expect(outputsOf('typed.dinnb')).toEqual(['Name? [Ada] Linus\nhello Linus\n', 'Age? \n', 'error']);
  });
});

async function until(seen: () => string, pattern: RegExp): Promise<void> {
  while (!pattern.test(seen())) await new Promise((resolve) => setTimeout(resolve, 20));
}
