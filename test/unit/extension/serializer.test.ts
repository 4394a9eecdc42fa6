import { describe, expect, it } from 'vitest';
import type * as vscode from 'vscode';
import { mergeNotebooks } from '../../../src/notebook/merge';
import { parseNotebook } from '../../../src/notebook/parse';
import { printNotebook } from '../../../src/notebook/print';
import { DocumentMaker } from '../notebook/random-document';
import { FakeCell, Uri } from './fake-vscode';
import { until, workbench } from './workbench';

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Through the editor and back, unchanged. */
async function throughEditor(text: string): Promise<string> {
  const { vs } = workbench();
  const data = await vs.serializer!.deserializeNotebook(encode(text), undefined as never);
  return decode(await vs.serializer!.serializeNotebook(data, undefined as never));
}

function bytesOfNotebook(source = 'a'): Uint8Array {
  return encode(
    JSON.stringify({ format: 'dinnb', version: 1, cells: [{ id: 'cell1', kind: 'code', source: [source] }] }),
  );
}

const CONFLICT = `{
  "format": "dinnb",
  "version": 1,
  "language": "typescript",
  "cells": [
    {
      "id": "a",
      "kind": "code",
      "source": [
<<<<<<< HEAD
        "ours"
=======
        "theirs"
>>>>>>> branch
      ]
    }
  ]
}
`;

describe('a file that another program changed without changing its length', () => {
  const open = async () => {
    const { vs } = workbench();
    vs.files.set('/x.dinnb', bytesOfNotebook('1'));
    await vs.serializer!.deserializeNotebook(bytesOfNotebook('1'), undefined as never);
    const notebook = vs.open('/x.dinnb', [{ source: '2' }]);
    await vs.opened.fire(notebook);
    return { vs, notebook };
  };

  it('is not replaced without asking', async () => {
    const { vs, notebook } = await open();
    vs.files.set('/x.dinnb', bytesOfNotebook('3'));
    await expect(vs.save(notebook)).rejects.toThrow('x.dinnb was changed on disk by another program');
    expect(vs.messages.at(-1)).toMatch(/^x\.dinnb was changed on disk/);
    // Once more is not a yes.
    await expect(vs.save(notebook)).rejects.toThrow('x.dinnb was changed on disk by another program');
    let saves = 0;
    notebook.save = async () => ++saves > 0;
    vs.answers['x.dinnb was changed on disk'] = 'Overwrite';
    await expect(vs.save(notebook)).rejects.toThrow('x.dinnb was changed on disk by another program');
    await until(() => saves > 0);
    expect(decode(await vs.save(notebook))).toContain('"2"');
  });

  it('is replaced as ever when this window wrote it, read it, or shows unsaved changes that came back', async () => {
    const { vs, notebook } = await open();
    vs.files.set('/x.dinnb', await vs.save(notebook));
    expect(decode(await vs.save(notebook))).toContain('"2"');
    // Another length: the editor itself asks.
    vs.files.set('/x.dinnb', bytesOfNotebook('3333'));
    expect(decode(await vs.save(notebook))).toContain('"2"');
    // The editor deserializes its backup; the file of the same length was read by nobody.
    const back = workbench();
    back.vs.files.set('/y.dinnb', bytesOfNotebook('1'));
    await back.vs.serializer!.deserializeNotebook(bytesOfNotebook('2'), undefined as never);
    const restored = back.vs.open('/y.dinnb', [{ source: '2' }]);
    await back.vs.opened.fire(restored);
    expect(decode(await back.vs.save(restored))).toContain('"2"');
  });
});

describe('a file with conflict markers', () => {
  const open = async () => {
    const bench = workbench();
    const { vs } = bench;
    const content = new TextEncoder().encode(CONFLICT);
    vs.files.set('/x.dinnb', content);
    const data = await vs.serializer!.deserializeNotebook(content, undefined as never);
    const notebook = vs.open(
      '/x.dinnb',
      data.cells.map(({ value: source, languageId: language, metadata }) => ({ source, language, ...metadata })),
    );
    notebook.metadata = data.metadata!;
    await vs.opened.fire(notebook);
    return { ...bench, notebook, sources: () => notebook.cells.map(({ source }) => source.slice(0, 19)) };
  };

  it('opens with the cells of both sides, which offer themselves', async () => {
    const { vs, command, notebook, sources } = await open();
    expect(sources()).toEqual(['**Merge conflict.**', 'ours', 'theirs']);
    expect(vs.messages).toEqual([expect.stringMatching(/^x\.dinnb holds an unresolved merge conflict: .*1 to decide/)]);
    const offered = notebook.cells.map((cell) => vs.statusItems!(cell).map(({ text }) => text));
    expect(offered).toEqual([
      [],
      ['$(check) Keep This Side', '$(check-all) Keep Both'],
      ['$(check) Keep the Other Side', '$(check-all) Keep Both'],
    ]);
    const { id } = notebook.cells[1]!.metadata;
    await command('dinnb.decideConflict', notebook.uri, 2, 'theirs');
    expect(sources()).toEqual(['theirs']);
    expect(notebook.cells[0]!.metadata).toEqual({ id });
    // Saving what was put together of the file is how it is resolved.
    expect(parseNotebook(new TextDecoder().decode(await vs.save(notebook)), 'x').cells[0]!.source).toBe('theirs');
  });

  it('is not written over when it has become another meanwhile', async () => {
    const { vs, notebook } = await open();
    vs.files.set('/x.dinnb', new TextEncoder().encode(CONFLICT.replace('ours', 'other')));
    await expect(vs.save(notebook)).rejects.toThrow(/not replaced: x\.dinnb:\d+:1: .*merge conflict/);
  });

  it('is decided one after the other by the command', async () => {
    const { command, sources, vs } = await open();
    await command('dinnb.decideConflict');
    expect(sources()).toEqual(['ours']);
    await command('dinnb.decideConflict');
    expect(vs.messages.at(-1)).toBe('There is no merge conflict in this notebook.');
  });
});

describe('a notebook in which a merge left titles, fields and removed cells to be decided', () => {
  it.each(['ours', 'theirs'] as const)('is that of one side when all are decided for it: %s', async (side) => {
    const version = (title: string, cells: object[], k: number) =>
      parseNotebook(JSON.stringify({ format: 'dinnb', version: 1, title, k, cells }), 'x');
    const cell = (id: string, source: string, x: number) => ({ id, kind: 'code', x, source: [source] });
    const base = version('old', [cell('a', '1', 0), cell('b', '2', 0), cell('c', '3', 0)], 0);
    const ours = version('here', [cell('a', '1', 1), cell('c', 'here', 0)], 1);
    const theirs = version('there', [cell('a', '1', 2), cell('b', 'there', 0)], 2);
    const bytes = new TextEncoder().encode(printNotebook(mergeNotebooks(base, ours, theirs).document));
    const { vs, command } = workbench();
    vs.files.set('/x.dinnb', bytes);
    const data = await vs.serializer!.deserializeNotebook(bytes, undefined as never);
    const notebook = vs.open(
      '/x.dinnb',
      data.cells.map(({ value: source, languageId: language, metadata }) => ({ source, language, ...metadata })),
    );
    notebook.metadata = data.metadata!;
    vs.active = notebook;
    const window = vs.asApi().window as unknown as { [name: string]: unknown };
    const wanted = side === 'ours' ? 'All 5: keep this side' : 'All 5: keep the other side';
    window.showQuickPick = async (items: { label: string }[]) => items.find(({ label }) => label === wanted);
    await command('dinnb.decideConflict');
    const saved = parseNotebook(new TextDecoder().decode(await vs.save(notebook)), 'x');
    const content = ({ title, unknown, cells }: typeof saved) => [
      title,
      unknown,
      cells.map(({ id, source, unknown: fields, tags }) => [id, source, fields, tags]),
    ];
    expect(content(saved)).toEqual(content(side === 'ours' ? ours : theirs));
  });
});

describe('a file through the editor', () => {
  it('has nothing in its metadata that differs from one opening to the next', async () => {
    const { vs } = workbench();
    const open = () => vs.serializer!.deserializeNotebook(bytesOfNotebook(), undefined as never);
    expect((await open()).metadata).toEqual((await open()).metadata);
  });

  it('comes out as it went in: ids, tags, outputs, bytes, times and unknown fields', async () => {
    for (let seed = 0; seed < 100; seed++) {
      const document = new DocumentMaker(seed).document();
      // What an editor cannot hold: an output without representations, and lone surrogates in text.
      const text = printNotebook(document).replaceAll('\\ud800', '?');
      expect(await throughEditor(text), `seed ${seed}`).toBe(printNotebook(parseNotebook(text, 'x')));
    }
  });

  it('cells show as TypeScript and markdown', async () => {
    const { vs } = workbench();
    const text =
      '{"format":"dinnb","version":1,"cells":[{"kind":"markdown","source":"# A"},{"kind":"code","source":"1"}]}';
    const data = await vs.serializer!.deserializeNotebook(encode(text), undefined as never);
    expect(data.cells.map((cell) => [cell.kind, cell.languageId, cell.value])).toEqual([
      [1, 'markdown', '# A'],
      [2, 'dinnb-typescript', '1'],
    ]);
    for (const cell of data.cells) expect(cell.metadata!.id).toMatch(/^[a-z0-9]{8}$/);
  });

  it('Windows line breaks of the editor do not reach the file', async () => {
    const { vs } = workbench();
    const notebook = vs.open('/x.dinnb', ['a\r\nb']);
    expect(parseNotebook(decode(await vs.save(notebook)), 'x').cells[0]!.source).toBe('a\nb');
  });

  it('the setting decides which outputs are saved', async () => {
    const { vs } = workbench({
      a: ({ emit }) => {
        emit({ type: 'stream', name: 'stdout', text: 'log\n' });
        emit({ type: 'display', displayId: 'd', data: { 'image/png': Uint8Array.of(1, 2, 3) } });
      },
    });
    const notebook = vs.open('/x.dinnb', ['a']);
    await vs.run(notebook);
    const saved = async (mode: string) => {
      vs.settings.saveOutputs = mode;
      return parseNotebook(decode(await vs.save(notebook)), 'x').cells[0]!;
    };
    expect((await saved('all')).outputs.map(({ type }) => type)).toEqual(['stream', 'display']);
    expect((await saved('all')).execution).toMatchObject({ count: 1, ok: true });
    expect((await saved('figures')).outputs).toEqual([
      { type: 'display', data: { 'image/png': Uint8Array.of(1, 2, 3) } },
    ]);
    expect(await saved('none')).toMatchObject({ outputs: [], source: 'a' });
  });

  it('says what it ran on', async () => {
    const { vs } = workbench();
    const notebook = vs.open('/x.dinnb', ['a']);
    notebook.metadata = { environment: { seed: 42, node: 'old' } };
    await vs.run(notebook);
    const { environment } = parseNotebook(decode(await vs.save(notebook)), 'x');
    expect(environment).toMatchObject({
      seed: 42,
      node: 'v22.0.0',
      dinnb: '0.1.0',
      backend: 'native',
      tensorflow: '2.21.0',
    });
    expect(environment!.cells).toMatchObject({ cell1: { order: 1, source: expect.stringMatching(/^[0-9a-f]{64}$/) } });
  });
});

describe('a broken file', () => {
  const broken = encode('{"format": "dinnb",\n  "cells": [}');

  it('is an error with line and column, never an empty notebook', async () => {
    const { vs } = workbench();
    expect(() => vs.serializer!.deserializeNotebook(broken, undefined as never)).toThrow(
      /^line 2, column 13: .*expected a value/,
    );
    expect(vs.events.join()).toContain('log error notebook:2:13');
  });

  it('that is not UTF-8 is refused at its place', () => {
    const { vs } = workbench();
    const bytes = Uint8Array.of(0x7b, 0x0a, 0x22, 0xe9, 0x22, 0x7d);
    expect(() => vs.serializer!.deserializeNotebook(bytes, undefined as never)).toThrow(/^line 2, column 2: not UTF-8/);
  });

  it('can be opened as text', async () => {
    const { vs } = workbench();
    const uri = Uri.file('/p/x.dinnb');
    vs.files.set('/p/x.dinnb', broken);
    const { TabInputNotebook } = vs.asApi() as unknown as { TabInputNotebook: new (uri: Uri, type: string) => unknown };
    vs.activeTab = new TabInputNotebook(uri, 'dinnb');
    vs.answers['x.dinnb:2:13'] = 'Open as Text';
    expect(() => vs.serializer!.deserializeNotebook(broken, undefined as never)).toThrow();
    await until(
      () => vs.executed.length > 0,
      () => vs.messages,
    );
    expect(vs.executed).toEqual([
      [
        'vscode.openWith',
        uri,
        'default',
        { selection: expect.objectContaining({ start: { line: 1, character: 12 } }) },
      ],
    ]);
  });

  it('that broke while it was open is not saved over; once mended, saving works again', async () => {
    const { vs } = workbench();
    const notebook = vs.open('/x.dinnb', ['a']);
    vs.files.set('/x.dinnb', bytesOfNotebook());
    expect(decode(await vs.save(notebook))).toContain('"format": "dinnb"');
    vs.files.set('/x.dinnb', encode('<<<<<<< ours\n{}'));
    await expect(vs.save(notebook)).rejects.toThrow(/not replaced: x\.dinnb:1:1: .*merge conflict/);
    await expect(vs.save(notebook)).rejects.toThrow(/not replaced/);
    vs.files.set('/x.dinnb', bytesOfNotebook());
    expect(decode(await vs.save(notebook))).toContain('"format": "dinnb"');
  });

  it('that breaks while it is open is told of at once, with its name, and once', async () => {
    const { vs } = workbench();
    const notebook = vs.open('/p/x.dinnb', ['a']);
    vs.files.set('/p/x.dinnb', bytesOfNotebook());
    await vs.opened.fire(notebook);
    vs.answers['x.dinnb:1:1'] = 'Open as Text';
    await vs.write('/p/x.dinnb', encode('<<<<<<< ours\n{}'));
    await until(
      () => vs.executed.length > 0,
      () => vs.messages,
    );
    expect(vs.messages).toEqual([
      expect.stringMatching(/^x\.dinnb:1:1: .*merge conflict.*still shows the cells from before/s),
    ]);
    expect(vs.executed[0]!.slice(0, 3)).toEqual(['vscode.openWith', notebook.uri, 'default']);
    await vs.write('/p/x.dinnb', bytesOfNotebook());
    expect(vs.messages).toHaveLength(1);
    await vs.closed.fire(notebook);
    expect(vs.watched.size).toBe(0);
  });

  it('is not replaced either when a copy with the same cells is open and saved in between', async () => {
    const { vs } = workbench();
    const notebook = vs.open('/x.dinnb', ['a']);
    const copy = vs.open('/copy.dinnb', ['a']);
    vs.files.set('/x.dinnb', encode('{'));
    await expect(vs.save(notebook)).rejects.toThrow(/not replaced/);
    // Whose cells these are is not known.
    await expect(vs.save(copy)).rejects.toThrow(/not replaced/);
    await expect(vs.save(notebook)).rejects.toThrow(/not replaced/);
  });

  it('does not keep the notebook from being saved under another name', async () => {
    const { vs } = workbench();
    const notebook = vs.open('/x.dinnb', ['a']);
    vs.files.set('/x.dinnb', encode('{'));
    await expect(vs.save(notebook)).rejects.toThrow(/under another name/);
    // "Save As" serializes without a will-save event of the old file.
    const cells = notebook.cells.map(({ kind, source, metadata }) => ({ kind, value: source, metadata, outputs: [] }));
    const data = { cells, metadata: notebook.metadata } as unknown as vscode.NotebookData;
    expect(decode(await vs.serializer!.serializeNotebook(data, undefined as never))).toContain('dinnb');
  });

  it('a file that is gone, or a new notebook, can be saved', async () => {
    const { vs } = workbench();
    expect(decode(await vs.save(vs.open('/gone.dinnb', ['a'])))).toContain('"a"');
  });
});

describe('cell ids', () => {
  it('a new cell gets one, a pasted copy another, a moved cell keeps its own', async () => {
    const { vs } = workbench();
    const notebook = vs.open('/x.dinnb', ['a', 'b']);
    const fresh = new FakeCell(notebook, 'new', {});
    const copy = new FakeCell(notebook, 'copy', { id: 'cell1', tags: ['parameters'] });
    notebook.cells = [copy, ...notebook.cells, fresh];
    await vs.changedNotebook.fire({ notebook, cellChanges: [], contentChanges: [{ addedCells: [copy, fresh] }] });
    const ids = notebook.cells.map((cell) => cell.metadata.id as string);
    expect(ids.slice(1, 3)).toEqual(['cell1', 'cell2']);
    expect(new Set(ids).size).toBe(4);
    for (const id of [ids[0], ids[3]]) expect(id).toMatch(/^[a-z0-9]{8}$/);
    expect(copy.metadata.tags).toEqual(['parameters']);

    const moved = notebook.cells[2]!;
    notebook.cells = [moved, ...notebook.cells.filter((cell) => cell !== moved)];
    await vs.changedNotebook.fire({ notebook, cellChanges: [], contentChanges: [{ addedCells: [moved] }] });
    expect(moved.metadata.id).toBe('cell2');
  });
});

describe('cell languages', () => {
  it('cells of TypeScript or JavaScript from elsewhere become ours and run; text and other languages are left alone', async () => {
    const ran: string[] = [];
    const says = (name: string) => () => void ran.push(name);
    const { vs } = workbench({ pasted: says('pasted'), script: says('script'), other: says('other') });
    const notebook = vs.open('/x.dinnb', []);
    const pasted = new FakeCell(notebook, 'pasted', { language: 'typescript' });
    const script = new FakeCell(notebook, 'script', { language: 'javascript' });
    const other = new FakeCell(notebook, 'other', { language: 'python' });
    const text = new FakeCell(notebook, 'text', { language: 'markdown' });
    notebook.cells = [pasted, script, other, text];
    await vs.changedNotebook.fire({ notebook, cellChanges: [], contentChanges: [{ addedCells: notebook.cells }] });
    const languages = notebook.cells.map(({ languageId }) => languageId);
    expect(languages).toEqual(['dinnb-typescript', 'dinnb-typescript', 'python', 'markdown']);
    await vs.run(notebook);
    expect(ran).toEqual(['pasted', 'script']);
  });
});
