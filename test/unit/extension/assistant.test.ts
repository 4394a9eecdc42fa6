import { readFileSync } from 'node:fs';
import path from 'node:path';
import Ajv from 'ajv';
import { describe, expect, it } from 'vitest';
import { Emitter } from './fake-vscode';
import { until, workbench } from './workbench';

const root = path.resolve(__dirname, '..', '..', '..');
const { contributes } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
type Declared = { name: string; toolReferenceName: string; modelDescription: string; inputSchema: object };
const declared: Declared[] = contributes.languageModelTools;

/** Calls a tool as the editor does: it asks, and the user answers whenever they do. */
function asking(bench: ReturnType<typeof workbench>) {
  return (name: string, input: object = {}) => {
    const token = { isCancellationRequested: false, onCancellationRequested: new Emitter<void>().event } as never;
    const tool = bench.vs.tools.get(name)!;
    tool.prepareInvocation!({ input }, token);
    return async () => {
      const result = await tool.invoke({ input, toolInvocationToken: undefined }, token);
      return (result!.content as { value: string }[]).map(({ value }) => value).join('');
    };
  };
}

/** Calls a tool as the editor does: the input as its schema allows, the user's consent, the tool. */
function assistant(bench: ReturnType<typeof workbench>) {
  const ajv = new Ajv();
  return async (name: string, input: object = {}, cancelled = new Emitter<void>()) => {
    const { inputSchema } = declared.find((tool) => tool.name === name)!;
    expect(ajv.validate(inputSchema, input), ajv.errorsText()).toBe(true);
    const token = { isCancellationRequested: false, onCancellationRequested: cancelled.event };
    const tool = bench.vs.tools.get(name)!;
    const prepared = await tool.prepareInvocation!({ input }, token as never);
    const { title, message } = prepared!.confirmationMessages!;
    const result = await tool.invoke({ input, toolInvocationToken: undefined }, token as never);
    const text = (result!.content as { value: string }[]).map(({ value }) => value).join('');
    return { title, message: (message as { value: string }).value, text };
  };
}

function shop({ selectsAlone = true } = {}) {
  const bench = workbench({
    'show()': ({ emit }) => {
      emit({ type: 'stream', name: 'stdout', text: 'epoch 1\n' });
      emit({ type: 'display', displayId: 'd', data: { 'image/png': 'AAAA', 'text/plain': 'a picture' } });
    },
    'fail()': () => {
      throw new Error('no such column: prise');
    },
    'long()': ({ interrupted }) => interrupted,
    'flood()': ({ emit }) => emit({ type: 'stream', name: 'stdout', text: 'x'.repeat(300_000) }),
  });
  bench.vs.selectsAlone = selectsAlone;
  const opened = bench.vs.open('/data/shop.dinnb', [{ source: '# Shop', language: 'markdown' }, 'show()', 'fail()']);
  return { ...bench, notebook: opened, call: assistant(bench), ask: asking(bench) };
}

describe('the tools for language models', () => {
  it('are those of the manifest, each with a schema that refuses what it does not know, and asks each time', async () => {
    const { vs, call } = shop();
    expect([...vs.tools.keys()].sort()).toEqual(declared.map(({ name }) => name).sort());
    const ajv = new Ajv();
    for (const { name, inputSchema, modelDescription } of declared) {
      expect(modelDescription.length, name).toBeGreaterThan(60);
      expect(ajv.validate(inputSchema, { wrong: 1 }), name).toBe(false);
      expect(ajv.validate(inputSchema, { notebook: 5 }), name).toBe(false);
    }
    for (let time = 0; time < 2; time++)
      expect((await call('dinnb_list_cells')).title).toBe('List the cells of shop.dinnb');
  });

  it('run cells of a notebook in which none has run, and for which no kernel is chosen', async () => {
    const { vs, notebook, call } = shop({ selectsAlone: false });
    vs.active = notebook;
    const [ran] = JSON.parse((await call('dinnb_run_cells', { cells: ['cell2'] })).text);
    expect(ran).toMatchObject({ id: 'cell2', ran: 'succeeded' });
  });

  it('list and read cells; a picture is named, a flood of text is cut', async () => {
    const { vs, notebook, call } = shop();
    await vs.run(notebook, notebook.cells[1]!);
    await until(() => notebook.cells[1]!.outputs.length === 2);
    const { cells } = JSON.parse((await call('dinnb_list_cells')).text);
    expect(cells).toEqual([
      { id: 'cell1', number: 1, kind: 'markdown', firstLine: '# Shop', lines: 1 },
      expect.objectContaining({ id: 'cell2', kind: 'code', ran: 'succeeded', executionCount: 1 }),
      { id: 'cell3', number: 3, kind: 'code', firstLine: 'fail()', lines: 1 },
    ]);
    const read = await call('dinnb_read_cells', { cells: ['cell2'] });
    expect(read.message).toContain('cell 2');
    expect(JSON.parse(read.text)).toEqual([
      expect.objectContaining({ source: 'show()', outputs: ['epoch 1\n', '[shown as image/png]\na picture'] }),
    ]);
    await call('dinnb_edit_cell', { cell: 'cell3', source: 'flood()' });
    const { text } = await call('dinnb_run_cells', { cells: ['cell3'] });
    expect(text.length).toBeLessThan(25_000);
    expect(text).toContain('280,000 characters left out');
  });

  it('add, change and run cells, showing the user the code, and stop at what fails', async () => {
    const { notebook, call, host } = shop();
    const added = await call('dinnb_add_cell', { source: 'const one = 1;', after: 'cell1' });
    expect(added.message).toContain('```typescript\nconst one = 1;\n```');
    expect(JSON.parse(added.text)).toEqual({ id: expect.stringMatching(/^[a-z]\w{7}$/), number: 2 });
    expect(notebook.cells.map(({ source }) => source)).toEqual(['# Shop', 'const one = 1;', 'show()', 'fail()']);
    await call('dinnb_add_cell', { source: 'Words', kind: 'markdown' });
    expect(notebook.cells.at(-1)).toMatchObject({ source: 'Words', languageId: 'markdown' });
    await call('dinnb_edit_cell', { cell: 'cell2', source: 'show();\n' });
    expect(notebook.cells[2]!.source).toBe('show();\n');
    await call('dinnb_edit_cell', { cell: 'cell2', source: 'show()' });
    expect(host.executed).toEqual([]);
    const ran = await call('dinnb_run_cells', { cells: ['cell3', 'cell2'] });
    expect(ran.message).toContain('on this machine, with your rights: cells 4, 3.');
    expect(ran.message).toContain('fail()\n\nshow()');
    expect(JSON.parse(ran.text)).toEqual([
      expect.objectContaining({ id: 'cell3', ran: 'failed', outputs: [expect.stringContaining('at cell 1:1:1')] }),
      { id: 'cell2', ran: 'not run: a cell before it failed' },
    ]);
  });

  it('read variables, and start no kernel for it', async () => {
    const { vs, notebook, host, call } = shop();
    await expect(call('dinnb_variables')).rejects.toThrow('No cell has run yet');
    expect(host.started).toEqual([]);
    await vs.run(notebook, notebook.cells[1]!);
    await expect(call('dinnb_variables')).rejects.toThrow('A cell is running');
    host.inspect = (params) =>
      params.what === 'variables'
        ? { ok: 'variables', variables: [], tensors: { count: 3, bytes: 12, left: [] } }
        : { ok: 'detail', bundle: { 'text/plain': 'mean 0.5' } };
    expect(JSON.parse((await call('dinnb_variables')).text).tensors.count).toBe(3);
    const values = {
      version: 1,
      rows: 30,
      columns: [{ name: 'user', type: 'string', values: ['ada', null] }],
    } as const;
    host.inspect = () => ({ ok: 'detail', bundle: {}, table: structuredClone(values) as never });
    expect((await call('dinnb_variables', { name: 'log' })).text).toBe(
      '30 rows × 1 column\nuser (string)\nada\n\n(28 more rows)',
    );
    host.inspect = () => ({ ok: 'detail', bundle: { 'text/plain': 'mean 0.5' } });
    const detail = await call('dinnb_variables', { name: 'weights' });
    expect([detail.message, detail.text]).toEqual([
      'What the variable `weights` holds goes to the language model.',
      'mean 0.5',
    ]);
  });

  it('say what is wrong: no notebook, one of several, no such cell, a text that should run, a workspace nobody trusts', async () => {
    const empty = workbench();
    await expect(assistant(empty)('dinnb_list_cells')).rejects.toThrow('No .dinnb notebook is open.');
    const { vs, call, host } = shop();
    vs.open('/data/other.dinnb', ['x']);
    vs.active = undefined;
    await expect(call('dinnb_list_cells')).rejects.toThrow(
      'Say which notebook: file:/data/shop.dinnb, file:/data/other',
    );
    await expect(call('dinnb_list_cells', { notebook: 'none.dinnb' })).rejects.toThrow(
      /No open notebook is called none/,
    );
    expect((await call('dinnb_list_cells', { notebook: 'other.dinnb' })).text).toContain('"x"');
    const here = { notebook: '/data/shop.dinnb' };
    await expect(call('dinnb_read_cells', { ...here, cells: ['zzz'] })).rejects.toThrow(/no.* id zzz.*cell1, cell2/i);
    await expect(call('dinnb_run_cells', { ...here, cells: ['cell1'] })).rejects.toThrow('Cell cell1 is text');
    vs.trusted = false;
    await expect(call('dinnb_run_cells', here)).rejects.toThrow('not trusted');
    expect(host.executed).toEqual([]);
  });

  it('do only what the user was shown: not what cells became meanwhile, nor in the notebook that came to the front', async () => {
    const { vs, notebook, host, ask } = shop();
    const run = ask('dinnb_run_cells', { cells: ['cell2'] });
    notebook.cells[1]!.source = 'fail()';
    await expect(run()).rejects.toThrow(/Nothing was done.*cells of shop\.dinnb became others.*Ask again/);
    expect(host.executed).toEqual([]);
    const list = ask('dinnb_list_cells');
    vs.active = vs.open('/data/other.dinnb', ['x']);
    expect(JSON.parse(await list()).notebook).toContain('shop.dinnb');
  });

  it('take a cell that is named twice once, and no input that their schemas do not have', async () => {
    const { call, ask } = shop();
    expect(JSON.parse((await call('dinnb_run_cells', { cells: ['cell2', 'cell2'] })).text)).toHaveLength(1);
    const refused = [
      ['dinnb_list_cells', { evil: 1 }, "there is no field 'evil'. It takes notebook."],
      ['dinnb_read_cells', { cell: ['cell1'] }, "there is no field 'cell'. Did you mean 'cells'?"],
      ['dinnb_run_cells', { cells: 5 }, 'cells must be a list of at least one id, not 5'],
      ['dinnb_run_cells', { cells: [] }, 'cells must be a list of at least one id, not []'],
      ['dinnb_add_cell', { source: 'x', kind: 'raw' }, 'kind must be "code" or "markdown", not "raw"'],
      ['dinnb_add_cell', { kind: 'code' }, 'source is missing. It takes source, kind, after, notebook.'],
    ] as const;
    for (const [name, input, message] of refused) expect(() => ask(name, input)).toThrow(message);
  });

  it('stop what runs when the user cancels', async () => {
    const { notebook, host, call } = shop();
    notebook.cells[1]!.source = 'long()';
    const cancelled = new Emitter<void>();
    const running = call('dinnb_run_cells', { cells: ['cell2'] }, cancelled);
    await until(() => host.executed.length === 1);
    await cancelled.fire();
    expect(JSON.parse((await running).text)).toHaveLength(1);
  });
});
