import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { MIME_PARAMETERS } from '../../../src/outputs/mime';
import { type ParameterShape, type ParametersState, parameterProblem } from '../../../src/outputs/parameters';
import { parameterShapes } from '../../../src/protocol/parameters';
import { until, workbench } from './workbench';

describe('parameterShapes', () => {
  it('reads defaults, kinds, choices, ranges and descriptions off the source', () => {
    const source = `
      /** Passes over the data.
       * @minimum 1
       * @maximum 100 */
      const epochs = 5;
      const rate: 0.1 | 0.01 | -1 = 0.01, name = 'base' as 'base' | 'din';
      let shuffle = true;
      const sizes = [80, 40], big = -5n, extra = { a: 1 };
      const loss: string | null = null;
      const { not } = parameters;
      function helper() {}`;
    expect(parameterShapes(ts, source)).toEqual([
      { name: 'epochs', standard: '5', kind: 'number', minimum: 1, maximum: 100, description: 'Passes over the data.' },
      { name: 'rate', standard: '0.01', kind: 'number', choices: ['0.1', '0.01', '-1'] },
      { name: 'name', standard: 'base', kind: 'string', choices: ['base', 'din'] },
      { name: 'shuffle', standard: 'true', kind: 'boolean' },
      { name: 'sizes', standard: '[80, 40]', kind: 'list' },
      { name: 'big', standard: '-5n', kind: 'bigint' },
      { name: 'extra', standard: '{ a: 1 }', kind: 'object' },
      { name: 'loss', standard: 'null', kind: 'other' },
    ]);
  });

  it('follows a type that the cell names, and offers of a mixed one what the default`s kind allows', () => {
    const source = `
      type Mode = 'x' | 'y';
      const mode: Mode = 'x', elsewhere: Other = 'z';
      const mixed: 'a' | 2 | true = 2, text: 'a' | 2 | null = 'a', flag: true | 'no' = true;
      const any: 'a' | string = 'a';`;
    expect(parameterShapes(ts, source)).toEqual([
      { name: 'mode', standard: 'x', kind: 'string', choices: ['x', 'y'] },
      { name: 'elsewhere', standard: 'z', kind: 'string' },
      { name: 'mixed', standard: '2', kind: 'number', choices: ['2'] },
      { name: 'text', standard: 'a', kind: 'string', choices: ['a'] },
      { name: 'flag', standard: 'true', kind: 'boolean' },
      { name: 'any', standard: 'a', kind: 'string' },
    ]);
  });

  it('says what is wrong with a number', () => {
    const shape: ParameterShape = { name: 'n', standard: '1', kind: 'number', minimum: 0, maximum: 10 };
    expect(['5', '1e1', '-1', '11', 'x', ' ', '1_0'].map((text) => parameterProblem(shape, text))).toEqual([
      undefined,
      undefined,
      'At least 0.',
      'At most 10.',
      'A number is needed.',
      'A number is needed.',
      undefined,
    ]);
    expect(parameterProblem({ ...shape, minimum: 10, maximum: 1 }, '5')).toContain(
      '@minimum 10 is above its @maximum 1',
    );
    expect(parameterProblem({ name: 's', standard: '', kind: 'string' }, '')).toBeUndefined();
    expect(parameterProblem({ ...shape, maximum: undefined! }, '1e400')).toBe('A number is needed.');
  });

  it('says what is wrong with a list, an object, a bigint and a choice; the default is right as the cell writes it', () => {
    const problems = (kind: ParameterShape['kind'], standard: string, ...texts: string[]) =>
      texts.map((text) => parameterProblem({ name: 'p', standard, kind }, text) ?? '');
    const list = 'A list is needed, as JSON: [1, "two"].';
    expect(problems('list', "['a']", "['a']", '["b"]', '[3,4', '{}', '')).toEqual(['', '', list, list, list]);
    const object = 'An object is needed, as JSON: {"a": 1}.';
    expect(problems('object', '{ a: 1 }', '{ a: 1 }', '{"a":2}', '[]', 'null')).toEqual(['', '', object, object]);
    const big = 'A whole number is needed, with or without an n.';
    expect(problems('bigint', '5n', '7', '-7n', 'xx', '1.5')).toEqual(['', '', big, big]);
    const choice: ParameterShape = { name: 'c', standard: '1', kind: 'number', choices: ['1', '0.5'] };
    expect(['1', '.5', '2'].map((text) => parameterProblem(choice, text))).toEqual([
      undefined,
      undefined,
      'One of 1, 0.5.',
    ]);
  });
});

describe('Run All with Parameters', () => {
  const parameters = "const epochs = 5;\nconst mode: 'fast' | 'exact' = 'fast';";

  /** Answers lists by label and fields by text, in order; undefined is Escape. */
  function answering(answers: (string | undefined)[], source = parameters) {
    const bench = workbench();
    const { vs } = bench;
    const notebook = vs.open('/x.dinnb', [{ source, tags: ['parameters'] }, 'epochs']);
    vs.active = notebook;
    const seen: unknown[] = [];
    const window = vs.asApi().window as unknown as { [name: string]: unknown };
    window.showQuickPick = async (items: { label: string; description?: string }[]) => {
      seen.push(items.map(({ label, description }) => `${label} ${description ?? ''}`.trim()));
      const answer = answers.shift();
      return items.find(({ label }) => label === answer);
    };
    window.showInputBox = async ({ value, validateInput }: { value: string; validateInput(text: string): unknown }) => {
      const answer = answers.shift();
      seen.push([value, answer === undefined ? undefined : validateInput(answer)]);
      return answer;
    };
    return { ...bench, notebook, seen };
  }

  it('asks for each that is chosen, restarts the kernel with them and runs all', async () => {
    const run = '$(run-all) Run All';
    const { vs, host, command, seen, notebook } = answering(['epochs', '12', 'mode', 'exact', run]);
    await command('dinnb.runWithParameters');
    expect(seen).toEqual([
      ['$(run-all) Run All in a new kernel', 'epochs 5', 'mode fast'],
      ['5', undefined],
      ['$(run-all) Run All in a new kernel', 'epochs 12 (default 5)', 'mode fast'],
      ['fast default', 'exact'],
      ['$(run-all) Run All in a new kernel', 'epochs 12 (default 5)', 'mode exact (default fast)'],
    ]);
    expect(host.started.map(({ parameters }) => parameters)).toEqual([{ epochs: '12', mode: 'exact' }]);
    expect(vs.executed.at(-1)).toEqual(['notebook.execute', notebook.uri]);
    expect(vs.statusItems!(notebook.cells[0]!).map(({ text }) => text)).toEqual([
      '$(tag) parameters: epochs = 12, mode = exact',
    ]);
    vs.settings.confirmRestart = false;
    await command('dinnb.restartKernel');
    expect(host.started.at(-1)!.parameters).toEqual({});
  });

  it('keeps line breaks: a text of several lines is written as in code', async () => {
    const run = '$(run-all) Run All';
    const text = "const prompt = 'You are \\\\ helpful.\\nBe brief.'; const n = 1;";
    const same = 'You are \\\\ helpful.\\nBe brief.';
    const { host, command, seen } = answering(
      ['prompt', same, 'prompt', 'Be "long".', 'prompt', 'Be\\nlong.', run],
      text,
    );
    await command('dinnb.runWithParameters');
    expect(seen.filter((_, i) => i % 2)).toEqual([
      [same, undefined],
      [same, 'This is no text as it is written in code.'],
      [same, undefined],
    ]);
    expect(host.started.map(({ parameters }) => parameters)).toEqual([{ prompt: 'Be\nlong.' }]);
  });

  it('does nothing when it is left, and says what is missing where there are no parameters', async () => {
    const left = answering(['epochs', undefined, undefined]);
    await left.command('dinnb.runWithParameters');
    expect(left.host.started).toEqual([]);
    const none = workbench();
    none.vs.active = none.vs.open('/y.dinnb', ['a']);
    await none.command('dinnb.runWithParameters');
    expect(none.vs.messages[0]).toContain('has no parameters');
  });
});

describe('the form of a parameters cell', () => {
  const source = "/** @minimum 1 */\nconst epochs = 5;\nconst mode: 'fast' | 'exact' = 'fast';";
  const forms = (posted: unknown[]) =>
    (posted as { mime: string; patch: ParametersState }[])
      .filter(({ mime }) => mime === MIME_PARAMETERS)
      .map(({ patch }) => patch);

  it('is there when the notebook opens and after each run, and in no file', async () => {
    const { vs } = workbench();
    const text = JSON.stringify({
      format: 'dinnb',
      version: 1,
      cells: [{ id: 'p1', kind: 'code', source: ['const epochs = 5;'], tags: ['parameters'] }],
    });
    const data = await vs.serializer!.deserializeNotebook(new TextEncoder().encode(text), undefined as never);
    expect(data.cells[0]!.outputs!.map(({ items }) => items[0]!.mime)).toEqual([MIME_PARAMETERS]);
    const again = await vs.serializer!.serializeNotebook(data, undefined as never);
    expect(new TextDecoder().decode(again)).not.toMatch(/outputs|vnd\.dinnb/);

    const notebook = vs.open('/x.dinnb', [{ source, tags: ['parameters'] }, 'epochs']);
    await vs.run(notebook);
    expect(notebook.cells.map(({ outputs }) => outputs.map(({ items }) => items[0]!.mime))).toEqual([
      [MIME_PARAMETERS],
      [],
    ]);
    expect(new TextDecoder().decode(await vs.save(notebook))).not.toContain(MIME_PARAMETERS);
  });

  it('shows what the source declares and what the kernel has, and runs all with what was filled in', async () => {
    const { vs, host } = workbench();
    const notebook = vs.open('/x.dinnb', [{ source, tags: ['parameters'] }, 'epochs']);
    (vs.asApi().window.visibleNotebookEditors as unknown[]).push(vs.asApi().window.activeNotebookEditor);
    await vs.fromRenderer({ type: 'dinnb.parameters', cell: 'cell1' });
    await until(() => forms(vs.posted).length === 1);
    expect(forms(vs.posted)[0]).toMatchObject({
      shapes: [
        { name: 'epochs', minimum: 1 },
        { name: 'mode', choices: ['fast', 'exact'] },
      ],
      values: {},
    });
    // What is no parameter of this cell is not taken.
    await vs.fromRenderer({ type: 'dinnb.parameters', cell: 'cell1', run: { epochs: '9', other: '1', mode: 3 } });
    await until(() => host.started.length === 1);
    expect(host.started[0]!.parameters).toEqual({ epochs: '9' });
    await until(() => vs.executed.some(([name]) => name === 'notebook.execute'));
    await until(() => forms(vs.posted).at(-1)!.values.epochs === '9');

    notebook.cells[0]!.source = 'const epochs = 7;';
    await vs.changedNotebook.fire({
      notebook,
      cellChanges: [{ cell: notebook.cells[0], document: {} }],
      contentChanges: [],
    });
    await until(() => forms(vs.posted).at(-1)!.shapes.length === 1);
    // A message of nobody's, and of no cell, does nothing.
    for (const message of [
      null,
      'x',
      { type: 'dinnb.parameters' },
      { type: 'dinnb.parameters', cell: 'gone', run: {} },
    ])
      await vs.fromRenderer(message);
    expect(host.started).toHaveLength(1);
  });

  it('does not run in a workspace that is not trusted', async () => {
    const { vs, host } = workbench();
    vs.trusted = false;
    vs.open('/x.dinnb', [{ source, tags: ['parameters'] }]);
    await vs.fromRenderer({ type: 'dinnb.parameters', cell: 'cell1', run: { epochs: '9' } });
    await until(() => vs.messages.length === 1);
    expect(vs.messages[0]).toContain('not trusted');
    expect(host.started).toEqual([]);
  });

  it('comes with the tag', async () => {
    const { vs, command } = workbench();
    const notebook = vs.open('/x.dinnb', [source]);
    await command('dinnb.toggleParameters', notebook.cells[0]);
    await until(() => notebook.cells[0]!.outputs.length === 1);
    expect(notebook.cells[0]!.outputs[0]!.items[0]!.mime).toBe(MIME_PARAMETERS);
  });
});
