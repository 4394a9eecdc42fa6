import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from 'vitest';
import type { KernelOptions } from '../../../src/host/session';
import type { Answer, AskParams } from '../../../src/protocol/messages';
import { TestKernel, until } from './kernel';

let kernel: TestKernel;
const asked: (AskParams & { withdrawn: AbortSignal; answer(answer: Answer): void })[] = [];
/** What answers at once; without one the test does. */
let answers: Answer[] = [];

const onAsk: KernelOptions['onAsk'] = (question, withdrawn) =>
  new Promise((resolve) => {
    asked.push({ ...question, withdrawn, answer: resolve });
    withdrawn.addEventListener('abort', () => resolve({ text: null }));
    const answer = answers.shift();
    if (answer) resolve(answer);
  });

beforeAll(async () => {
  kernel = await TestKernel.start({ onAsk });
});
beforeEach(() => {
  asked.length = 0;
  answers = [];
});
afterAll(() => kernel.stop());

const text = (...lines: string[]): Answer[] => lines.map((line) => ({ text: line }));
const RL = "const readline = await import('node:readline'); const rlp = await import('node:readline/promises');\n";
const open = 'const rl = rlp.createInterface({ input: process.stdin, output: process.stdout });\n';

describe('prompt', () => {
  it('asks after what was printed, waits, and gives the line', async () => {
    answers = text('Ada');
    const { value, printed } = await kernel.run('console.log("before"); const name = prompt("Name?"); name');
    expect(value).toBe("'Ada'");
    expect(printed).toBe('before\nName? ');
    expect(asked).toMatchObject([{ question: 'Name?' }]);
    expect(asked[0]).not.toHaveProperty('value');
  });

  it('tells the default, and gives null where the user does not want to answer', async () => {
    answers = [{ text: '' }, { text: null }];
    const { value, printed } = await kernel.run('[prompt("Epochs?", 3), prompt("More?")]');
    expect(value).toBe("[ '', null ]");
    expect(printed).toBe('Epochs? [3] More? ');
    expect(asked).toMatchObject([{ value: '3' }, { question: 'More?' }]);
  });

  it('works from functions, timers and imported files', async () => {
    kernel.write('ask.ts', 'export const ask = (what: string) => prompt(what);');
    answers = text('a', 'b', 'c');
    const { value } = await kernel.run(
      'import { ask } from "./ask";\nconst inside = () => prompt("1");\n[inside(), ask("2"), await new Promise((r) => setTimeout(() => r(prompt("3")), 1))]',
    );
    expect(value).toBe("[ 'a', 'b', 'c' ]");
  });

  it('where nobody can answer it fails at once, at its line', async () => {
    answers = [{ text: null, reason: 'no terminal.' }];
    const { result } = await kernel.run('const x = 1;\n const answer = prompt("Name?");');
    expect(result.error).toMatchObject({ name: 'Error', message: 'Nobody can answer "Name?": no terminal.' });
    expect(result.error!.stack).toMatch(/cell \d+:2:/);
  });
});

describe('readline', () => {
  it('asks one question at a time, and nobody between them', async () => {
    const { seen } = kernel.begin(
      `${RL}${open}const a = await rl.question('A? ');
for (let turn = 0; turn < 100; turn++) await new Promise((r) => setImmediate(r));
console.log('still open');
const b = await rl.question('B? '); rl.close(); [a, b]`,
    );
    await until(() => asked.length === 1, 'the first question came');
    expect(asked[0]!.question).toBe('A?');
    asked[0]!.answer({ text: 'one' });
    await until(() => asked.length === 2, 'the second question came');
    // Asked between them, the question would be empty.
    expect(asked[1]!.question).toBe('B?');
    asked[1]!.answer({ text: 'two' });
    const { value, printed } = await seen;
    expect(value).toBe("[ 'one', 'two' ]");
    expect(printed).toBe('A? still open\nB? ');
    await kernel.value('1');
    expect(asked).toHaveLength(2);
  });

  it('with a callback, with promisify, with prompt() and lines, over all lines, and bare stdin', async () => {
    answers = text('one', 'two', 'three', 'x', 'y');
    answers.push({ text: null });
    const { value } = await kernel.run(`${RL}const { promisify } = await import('node:util');
const rl = readline.createInterface({ input: process.stdin, output: process.stdout });
const a = await new Promise((r) => rl.question('a ', r));
const b = await promisify(rl.question).call(rl, 'b ');
const c = await new Promise((r) => { rl.once('line', r); rl.prompt(); });
rl.close();
const rest = [];
for await (const line of readline.createInterface({ input: process.stdin })) rest.push(line);
[a, b, c, rest]`);
    expect(value).toBe("[ 'one', 'two', 'three', [ 'x', 'y' ] ]");
    answers = text('bare');
    answers.push({ text: null });
    expect(await kernel.value('let all = ""; for await (const chunk of process.stdin) all += chunk; all')).toBe(
      "'bare\\n'",
    );
  });

  it('ends the wait for a question that the user does not answer', async () => {
    answers = [{ text: null }];
    const promised = await kernel.run(`${RL}${open}const a =\n await rl.question('A? ');`);
    expect(promised.result.error).toMatchObject({ message: 'The question "A?" has no answer: the input was closed.' });
    expect(promised.result.error!.stack).toMatch(/cell \d+:4:/);
    answers = [{ text: null }];
    const called = await kernel.run(
      `${RL}const rl = readline.createInterface({ input: process.stdin });\nawait new Promise((r) => rl.question('B? ', r))`,
    );
    expect(called.result.error).toMatchObject({ message: 'The question "B?" has no answer: the input was closed.' });
    answers = [{ text: null }];
    const handled = `${RL}const rl = readline.createInterface({ input: process.stdin });
await new Promise((r) => { rl.question('B? ', r); rl.on('close', () => r('closed')); })`;
    expect(await kernel.value(handled)).toBe("'closed'");
  });

  it.each([
    ['a question', `${open}await rl.question('A? ')`, 'Nobody can answer "A?": no terminal.'],
    [
      'a callback',
      "const rl = readline.createInterface({ input: process.stdin });\nawait new Promise((r) => rl.question('A? ', r))",
      'Nobody can answer "A?": no terminal.',
    ],
    [
      'lines',
      'for await (const line of readline.createInterface({ input: process.stdin })) ;',
      'Nobody can answer: no terminal.',
    ],
    ['stdin', 'for await (const chunk of process.stdin) ;', 'Nobody can answer: no terminal.'],
    ['reading all of it', "(await import('node:fs')).readFileSync(0, 'utf8')", 'Nobody can answer: no terminal.'],
    ['an event that never comes', "await new Promise((r) => process.stdin.once('data', r))", 'no terminal.'],
  ])('where nobody can answer, %s fails at once', async (_what, source, message) => {
    answers = [{ text: null, reason: 'no terminal.' }];
    const { result } = await kernel.run(RL + source);
    expect(result.error?.message).toContain(message);
    expect(await kernel.value('"alive"')).toBe("'alive'");
  });

  it.each(['0', "'/dev/stdin'"])('readFileSync(%s) is asked until no more lines come', async (file) => {
    const source = (how: string) => `import { readFileSync } from 'node:fs'; readFileSync(${file}${how})`;
    answers = [...text('one', 'zwölf'), { text: null, reason: 'that was all.' }];
    expect(await kernel.value(source(", 'utf8'"))).toBe("'one\\nzwölf\\n'");
    answers = [...text('é'), { text: null }];
    expect(await kernel.value(source(''))).toBe('<Buffer c3 a9 0a>');
    answers = [{ text: null }];
    expect(await kernel.value(source(", { encoding: 'utf8' }"))).toBe("''");
  });

  it('that is closed or given up takes its question back', async () => {
    const source = `${RL}${open}const given = await rl.question('A? ', { signal: AbortSignal.timeout(200) }).catch((e) => e.name);
rl.close(); given`;
    expect(await kernel.value(source)).toBe("'AbortError'");
    await until(() => asked[0]!.withdrawn.aborted, 'the question was taken back');
  });
});

test.each([
  ['prompt', 'prompt("Name?")'],
  ['a question', `${RL}${open}await rl.question('A? ')`],
  [
    'a callback',
    `${RL}const rl = readline.createInterface({ input: process.stdin });\nawait new Promise((r) => rl.question('A? ', r))`,
  ],
])('an interrupt ends %s, and keeps the variables', async (_what, source) => {
  await kernel.run('let kept = 7');
  const { seen } = kernel.begin(source);
  await until(() => asked.length === 1, 'the question came');
  await kernel.session.interrupt();
  expect((await seen).result.error).toMatchObject({ name: 'Interrupted' });
  expect(asked[0]!.withdrawn.aborted).toBe(true);
  answers = text('again');
  expect(await kernel.value('[prompt("Name?"), kept]')).toBe("[ 'again', 7 ]");
  answers = text('line');
  expect(await kernel.value(`${RL}${open}const last = await rl.question('A? '); rl.close(); last`)).toBe("'line'");
});

test('finally runs where prompt is interrupted', async () => {
  const { seen } = kernel.begin('try { prompt("Name?") } finally { console.log("cleaned up") }');
  await until(() => asked.length === 1, 'the question came');
  await kernel.session.interrupt();
  expect((await seen).printed).toContain('cleaned up');
});

test('a kernel that ends takes its questions back', async () => {
  const other = await TestKernel.start({ onAsk });
  const { seen } = other.begin('prompt("Name?")');
  await until(() => asked.length === 1, 'the question came');
  const stopped = other.stop();
  await until(() => asked[0]!.withdrawn.aborted, 'the question was taken back');
  await stopped;
  expect((await seen).result.ok).toBe(false);
});
