import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { type ParameterShape, parameterProblem, parameterShapesWith } from '../../../src/protocol/parameters';
import { workbench } from './workbench';

describe('parameterShapesWith', () => {
  it('reads defaults, kinds, choices, ranges and descriptions off the source', () => {
    const source = `
      /** Passes over the data.
       * @minimum 1
       * @maximum 100 */
      const epochs = 5;
      const rate: 0.1 | 0.01 | -1 = 0.01, name = 'base' as 'base' | 'din';
      let shuffle = true;
      const sizes = [80, 40];
      const loss: string | null = null;
      const { not } = parameters;
      function helper() {}`;
    expect(parameterShapesWith(ts, source)).toEqual([
      { name: 'epochs', standard: '5', kind: 'number', minimum: 1, maximum: 100, description: 'Passes over the data.' },
      { name: 'rate', standard: '0.01', kind: 'number', choices: ['0.1', '0.01', '-1'] },
      { name: 'name', standard: 'base', kind: 'string', choices: ['base', 'din'] },
      { name: 'shuffle', standard: 'true', kind: 'boolean' },
      { name: 'sizes', standard: '[80, 40]', kind: 'other' },
      { name: 'loss', standard: 'null', kind: 'other' },
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
    expect(parameterProblem({ name: 's', standard: '', kind: 'string' }, '')).toBeUndefined();
  });
});

describe('Run All with Parameters', () => {
  const source = "const epochs = 5;\nconst mode: 'fast' | 'exact' = 'fast';";

  /** Answers lists by label and fields by text, in order; undefined is Escape. */
  function answering(answers: (string | undefined)[]) {
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
