import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { onlySelected } from '../../../src/extension/commands/run-selection';
import { statusText } from '../../../src/extension/status';
import { ipynbToNotebook } from '../../../src/notebook/convert/ipynb-import';
import { Uri } from './fake-vscode';
import { workbench } from './workbench';

describe('commands', () => {
  it('are those of package.json', () => {
    const { vs } = workbench();
    const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
    const declared = manifest.contributes.commands.map(({ command }: { command: string }) => command);
    expect([...vs.commands.keys()].sort()).toEqual(declared.sort());
  });

  it('New Notebook opens one with a heading and a cell that runs', async () => {
    const { vs, host, command } = workbench();
    await command('dinnb.newNotebook');
    const [notebook] = vs.notebooks;
    expect(notebook!.isUntitled).toBe(true);
    expect(notebook!.cells.map((cell) => cell.kind)).toEqual([1, 2]);
    await vs.run(notebook!);
    expect(host.started[0]!.notebook).toBe('/project/Untitled.dinnb');
  });

  it('Export as HTML writes one file with the sources and outputs', async () => {
    const { vs, command } = workbench({
      'show()': ({ emit }) => emit({ type: 'stream', name: 'stdout', text: 'loss 0.42\n' }),
    });
    vs.files.set('/extension/dist/renderers.js', new TextEncoder().encode('export const activate = 1'));
    const notebook = vs.open('/project/study.dinnb', [{ source: '# Study of DIN', language: 'markdown' }, 'show()']);
    await vs.run(notebook);
    vs.saveTarget = Uri.file('/project/study.html');
    vs.answers['Exported to study.html'] = 'Open in Browser';
    await command('dinnb.exportHtml');
    const html = new TextDecoder().decode(vs.files.get('/project/study.html'));
    expect(html).toMatch(/^<!doctype html>/i);
    expect(html).toContain('Study of DIN');
    expect(html).toContain('loss 0.42');
    expect(vs.executed).toContainEqual(['openExternal', 'file:/project/study.html']);
  });

  it('Export as HTML says what is missing', async () => {
    const { vs, command } = workbench();
    vs.open('/project/study.dinnb', ['1']);
    vs.saveTarget = Uri.file('/project/study.html');
    await command('dinnb.exportHtml');
    expect(vs.messages).toEqual([
      'The notebook could not be exported to study.html: no such file /extension/dist/renderers.js',
    ]);
  });

  it('Export as Notebook for Jupyter writes one that comes back the same', async () => {
    const { vs, command } = workbench();
    vs.open('/project/study.dinnb', [{ source: '# Study', language: 'markdown' }, '6 * 7']);
    vs.saveTarget = Uri.file('/project/study.ipynb');
    vs.answers['Exported to study.ipynb'] = 'Open';
    await command('dinnb.exportJupyter');
    const { document } = ipynbToNotebook(new TextDecoder().decode(vs.files.get('/project/study.ipynb')), 'study.ipynb');
    expect(document.cells.map(({ id, kind, source }) => [id, kind, source])).toEqual([
      ['cell1', 'markdown', '# Study'],
      ['cell2', 'code', '6 * 7'],
    ]);
    expect(vs.executed).toContainEqual(['vscode.open', expect.objectContaining({ path: '/project/study.ipynb' })]);
  });

  it('Choose Node for Kernels lists those of the machine, keeps the choice, and the next kernel runs with it', async () => {
    const { vs, host, command } = workbench();
    const notebook = vs.open('/x.dinnb', ['a']);
    await vs.run(notebook);
    const seen: unknown[] = [];
    const window = vs.asApi().window as unknown as { [name: string]: unknown };
    window.showQuickPick = async (items: Promise<{ label: string; description?: string }[]>) => {
      seen.push((await items).map(({ label, description }) => `${label} ${description ?? ''}`.trim()));
      return (await items)[1];
    };
    vs.settings.confirmRestart = false;
    vs.answers['Kernels run with /opt/node24/bin/node'] = 'Restart Kernel';
    await command('dinnb.chooseNode');
    expect(seen).toEqual([
      [
        `Node ${process.versions.node} the editor's own`,
        'Node 24.1.0 /opt/node24/bin/node',
        'Node 20.19.0 /usr/bin/node',
        '$(folder-opened) Another...',
      ],
    ]);
    expect(vs.settings.nodePath).toBe('/opt/node24/bin/node');
    expect(host.started.map(({ nodePath }) => nodePath)).toEqual([undefined, '/opt/node24/bin/node']);
  });

  it('Open a Sample says what each is about, and opens a copy', async () => {
    const { vs, command } = workbench();
    for (const name of readdirSync('notebooks'))
      vs.files.set(`/extension/notebooks/${name}`, readFileSync(`notebooks/${name}`));
    const seen: { label: string; description: string; detail: string }[] = [];
    const window = vs.asApi().window as unknown as { [name: string]: unknown };
    window.showQuickPick = async (items: Promise<typeof seen>) => {
      seen.push(...(await items));
      return seen[0];
    };
    vs.saveTarget = Uri.file('/project/mine.dinnb');
    await command('dinnb.openSample').catch(() => {});
    expect(seen).toHaveLength(readdirSync('notebooks').filter((name) => name.endsWith('.dinnb')).length);
    expect(seen[0]).toMatchObject({
      label: '$(notebook) Two minutes with dinnb',
      description: 'getting-started.dinnb',
    });
    for (const { detail } of seen) expect(detail).toMatch(/^[^*_`#\]\n]{40,}$/);
    expect(vs.files.get('/project/mine.dinnb')).toEqual(readFileSync('notebooks/getting-started.dinnb'));
  });

  it('a new notebook says where samples and first steps are, until a cell has run', async () => {
    const { vs, command } = workbench();
    await command('dinnb.newNotebook');
    const [notebook] = vs.notebooks;
    const [heading, first] = notebook!.cells;
    expect(vs.statusItems!(heading!)).toEqual([]);
    expect(vs.statusItems!(first!).map(({ text }) => text)).toEqual([
      '$(book) Open a Sample',
      '$(compass) First Steps',
    ]);
    await vs.run(notebook!, first!);
    expect(vs.statusItems!(first!)).toEqual([]);
    expect(vs.statusItems!(vs.open('/x.dinnb', ['a']).cells[0]!)).toEqual([]);
  });

  it('Mark Cell as Parameters sets the tag, shows it, runs with it, and takes it away', async () => {
    const { vs, host, command } = workbench();
    const notebook = vs.open('/x.dinnb', ['a']);
    const [cell] = notebook.cells;
    expect(vs.statusItems!(cell!)).toEqual([]);
    await command('dinnb.toggleParameters');
    expect(vs.statusItems!(cell!).map(({ text }) => text)).toEqual(['$(tag) parameters']);
    await vs.run(notebook);
    expect(host.executed[0]!.tags).toEqual(['parameters']);
    await command('dinnb.toggleParameters', cell);
    expect(cell!.metadata).toEqual({ id: 'cell1' });
  });

  it('Mark Cell as Parameters takes the cell that is being written in', async () => {
    const { vs, command } = workbench();
    const notebook = vs.open('/x.dinnb', ['a', 'b', 'c']);
    const tags = () => notebook.cells.map((cell) => cell.metadata.tags);
    vs.written = notebook.cells[2];
    await command('dinnb.toggleParameters');
    expect(tags()).toEqual([undefined, undefined, ['parameters']]);
    // A text editor beside the notebook says nothing of its cells.
    vs.written = vs.open('/y.dinnb', ['z']).cells[0];
    vs.active = notebook;
    await command('dinnb.toggleParameters');
    expect(tags()).toEqual([['parameters'], undefined, ['parameters']]);
  });

  it('Set Up TensorFlow asks before it downloads, with the size', async () => {
    const { vs, host, command } = workbench();
    await command('dinnb.setUpTensorFlow');
    expect(host.installs).toEqual([false]);
    vs.answers['Download TensorFlow?'] = 'Download';
    await command('dinnb.setUpTensorFlow');
    expect(host.installs).toEqual([false, true]);
    expect(vs.messages.at(-1)).toBe('TensorFlow 2.21.0 is ready.');
  });

  it('Set Up TensorFlow runs no tools in a workspace that is not trusted', async () => {
    const { vs, host, command } = workbench();
    vs.trusted = false;
    vs.answers['This workspace is not trusted'] = 'Manage Workspace Trust';
    await command('dinnb.setUpTensorFlow');
    expect(host.installs).toEqual([]);
    expect(vs.executed).toContainEqual(['workbench.trust.manage']);
  });

  it('Restart Kernel asks where variables would be lost, and can be told not to ask again', async () => {
    const { vs, host, command } = workbench();
    const notebook = vs.open('/x.dinnb', ['a']);
    await command('dinnb.restartKernel');
    expect(vs.messages).toEqual([]);
    expect(host.started).toHaveLength(1);
    await vs.run(notebook);
    await command('dinnb.restartKernel');
    expect(vs.messages).toEqual([expect.stringMatching(/^Restart the kernel\? Its variables are lost/)]);
    expect(host.started).toHaveLength(1);
    vs.answers['Restart the kernel?'] = "Restart, Don't Ask Again";
    await command('dinnb.restartAndRunAll');
    expect(host.started).toHaveLength(2);
    await vs.run(notebook);
    await command('dinnb.restartKernel');
    expect(host.started).toHaveLength(3);
    expect(vs.messages).toHaveLength(2);
  });

  it('a kernel that ended with its window is told of when its notebook is open again, once', async () => {
    const memory = new Map<string, unknown>();
    const before = workbench({}, memory);
    const [kept, closed] = [before.vs.open('/kept.dinnb', ['a']), before.vs.open('/closed.dinnb', ['b'])];
    await before.vs.run(kept);
    await before.vs.run(closed);
    await before.vs.close(closed);
    before.end();

    const after = workbench({}, memory);
    for (const path of ['/closed.dinnb', '/other.dinnb', '/kept.dinnb']) {
      await after.vs.opened.fire(after.vs.open(path, ['a']));
    }
    expect(after.vs.messages).toEqual([expect.stringMatching(/^The kernel of kept\.dinnb ended with the window/)]);
    after.end();
    const later = workbench({}, memory);
    await later.vs.opened.fire(later.vs.open('/kept.dinnb', ['a']));
    expect(later.vs.messages).toEqual([]);
  });

  it('a command without a notebook says what to do', async () => {
    const { vs, command } = workbench();
    await command('dinnb.restartKernel');
    expect(vs.messages).toEqual(['Open a .dinnb notebook first.']);
  });
});

describe('the status bar', () => {
  it('names backend, version and state', async () => {
    const { vs } = workbench();
    const notebook = vs.open('/x.dinnb', ['a']);
    await vs.activeChanged.fire(undefined);
    expect(vs.statusItem).toMatchObject({ visible: true, text: '$(circle-outline) dinnb: not started' });
    await vs.run(notebook);
    expect(vs.statusItem.text).toBe('$(circle-large-outline) dinnb: TensorFlow 2.21.0 · idle');
    vs.active = undefined;
    await vs.activeChanged.fire(undefined);
    expect(vs.statusItem.visible).toBe(false);
  });

  it('tells WebAssembly from native', () => {
    const versions = { pid: 7, node: 'v22', backend: 'wasm' as const, tensorflow: '4.22.0', dinnb: '0.1.0' };
    const info = { ...versions, locale: 'en-US', timeZone: 'UTC' };
    expect(statusText({ state: 'busy', info }, [], workbench().vs.asApi().l10n).text).toBe(
      '$(circle-large-filled) dinnb: TensorFlow wasm 4.22.0 · busy',
    );
  });
});

describe('Run Selection', () => {
  it('runs what is selected, in its place, and without it the selected cells', async () => {
    expect(onlySelected('const a = 1;\nboom(a); fine', [{ start: 13, end: 21 }])).toBe('            \nboom(a);     ');
    const { vs, host, command } = workbench();
    const notebook = vs.open('/x.dinnb', ['const a = 1;\na + 1']);
    const cell = notebook.cells[0]!;
    const at = (line: number, character: number) => ({ line, character });
    const offsetAt = ({ line, character }: { line: number; character: number }) => (line === 0 ? 0 : 13) + character;
    const document = Object.assign(cell.document, { offsetAt });
    const selection = { start: at(1, 0), end: at(1, 1), isEmpty: false };
    vs.written = Object.assign(cell, { document, selections: [selection] });
    await command('dinnb.runSelection');
    expect(host.executed.map(({ cellId, source }) => [cellId, source])).toEqual([['cell1', '            \na    ']]);
    expect(cell.source).toBe('const a = 1;\na + 1');
    Object.assign(cell, { selections: [{ ...selection, isEmpty: true }] });
    await command('dinnb.runSelection');
    expect(vs.executed.at(-1)).toEqual([
      'notebook.cell.execute',
      { ranges: [{ start: 0, end: 1 }], document: notebook.uri },
    ]);
    vs.trusted = false;
    Object.assign(cell, { selections: [selection] });
    await command('dinnb.runSelection');
    expect(host.executed).toHaveLength(1);
  });
});
