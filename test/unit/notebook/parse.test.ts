import { constants } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { parseNotebookBytes } from '../../../src/notebook/bytes';
import { NotebookParseError } from '../../../src/notebook/errors';
import { parseNotebook } from '../../../src/notebook/parse';
import { printNotebook } from '../../../src/notebook/print';

function problemOf(text: string): NotebookParseError {
  try {
    parseNotebook(text, 'broken.dinnb');
  } catch (error) {
    expect(error).toBeInstanceOf(NotebookParseError);
    return error as NotebookParseError;
  }
  throw new Error('the text was accepted');
}

/** A notebook file with one cell, changed by `edit` as a text editor would. */
function file(edit: (notebook: Record<string, unknown> & { cells: Record<string, unknown>[] }) => void): string {
  const notebook = {
    format: 'dinnb',
    version: 1,
    language: 'typescript',
    cells: [{ id: 'a1', kind: 'code', source: ['1 + 1'] }],
  };
  edit(notebook);
  return JSON.stringify(notebook, null, 2);
}

describe('text that is not JSON', () => {
  const cases: [string, string, number, number, string][] = [
    ['a cut file', '{\n  "format": "dinnb",\n  "cells": [', 3, 13, 'expected a value, found the end of the file'],
    ['a comma too many', '{\n  "cells": [1,\n  ]\n}', 3, 3, 'a comma before "]"'],
    ['a comma missing', '{\n  "format": "dinnb"\n  "version": 1\n}', 3, 3, 'expected "," or "}", found "\\""'],
    ['an open text', '{"format": "din', 1, 12, 'never closed'],
    ['a line break in a text', '{"format": "din\nnb"}', 1, 16, 'a line break inside a text'],
    ['a bad escape', '{"a": "\\x41"}', 1, 8, 'an invalid escape'],
    ['single quotes', "{'a': 1}", 1, 2, 'field name in double quotes'],
    ['something after the end', '{}\n\nhello', 3, 1, 'expected the end of the file, found "hello"'],
    ['a bad number', '{"version": 01}', 1, 14, 'expected "," or "}", found "1"'],
    ['windows line ends', '{\r\n  "a": tru\r\n}', 2, 8, 'found "tru"'],
  ];
  it.each(cases)('%s is found at its place', (_what, text, line, column, words) => {
    const problem = problemOf(text);
    expect(problem.message).toContain(words);
    expect({ line: problem.line, column: problem.column }).toEqual({ line, column });
    expect(problem.message).toContain(`broken.dinnb:${line}:${column}: `);
    expect(problem.message).toMatch(/has not been changed\.$/);
  });

  it('a merge conflict is called by its name', () => {
    const problem = problemOf('{\n  "cells": [\n<<<<<<< ours\n  1\n=======\n  2\n>>>>>>> theirs\n]}');
    expect(problem.message).toContain('unresolved merge conflict');
    expect(problem.line).toBe(3);
  });

  it('every cut of a real file is refused with a place inside it', () => {
    const text = file((n) => n.cells.push({ id: 'b2', kind: 'markdown', source: ['é \\ "'] }));
    for (let end = 1; end < text.length; end++) {
      const problem = problemOf(text.slice(0, end));
      expect(problem.problem).toMatch(/^not valid JSON: (?!Unexpected)/);
      expect(problem.line).toBeLessThanOrEqual(text.slice(0, end).split('\n').length);
    }
  });
});

describe('wrong shapes', () => {
  const cases: [string, string, string][] = [
    [
      'source',
      file((n) => {
        n.cells[0]!.source = 5;
      }),
      'cell 1, field "source" is 5, expected a list of lines',
    ],
    [
      'a line',
      file((n) => {
        n.cells[0]!.source = ['a', null];
      }),
      'cell 1, field "source", entry 2 is null, expected a text',
    ],
    [
      'kind',
      file((n) => {
        n.cells[0]!.kind = 'sql';
      }),
      'cell 1, field "kind" is "sql", expected "code" or "markdown"',
    ],
    [
      'kind missing',
      file((n) => {
        n.cells[0]!.kind = undefined;
      }),
      'cell 1, field "kind" is missing',
    ],
    [
      'a cell',
      file((n) => {
        n.cells.push(7 as never);
      }),
      'cell 2 is 7, expected an object',
    ],
    [
      'cells',
      file((n) => {
        n.cells = 'none' as never;
      }),
      'field "cells" is "none", expected a list',
    ],
    [
      'tags',
      file((n) => {
        n.cells[0]!.tags = 'parameters';
      }),
      'cell 1, field "tags" is "parameters", expected a list',
    ],
    [
      'id',
      file((n) => {
        n.cells[0]!.id = 'a b';
      }),
      'cell 1, field "id" must be 1 to 64 of',
    ],
    [
      'output',
      file((n) => {
        n.outputs = { a1: { outputs: [{ type: 'widget' }] } };
      }),
      'the results of cell "a1", output 1, field "type" is "widget"',
    ],
    [
      'bytes missing',
      file((n) => {
        n.outputs = { a1: { outputs: [{ type: 'display', data: { 'image/png': { $payload: 'p1' } } }] } };
      }),
      'refers to the payload "p1"',
    ],
    [
      'bytes that are none',
      file((n) => {
        n.payloads = { p1: '!!!not base64' };
      }),
      'field "payloads", field "p1" is not base64',
    ],
    [
      'cells twice',
      '{"format":"dinnb","version":1,"cells":[{"id":"a","kind":"code","source":["\\"cells\\""]}],\n"cells":[]}',
      ':2:9: the field "cells" stands twice in the file',
    ],
    ['the file', '[]', 'the file is a list, expected an object'],
    ['format', '{"cells": []}', 'this is not a dinnb notebook'],
    ['a Jupyter notebook', '{"cells": [], "nbformat": 4}', 'Import it with "dinnb import'],
    [
      'version',
      file((n) => {
        n.version = 0;
      }),
      'field "version" must be a whole number',
    ],
    [
      'language',
      file((n) => {
        n.language = 'python';
      }),
      'field "language" is not "typescript"',
    ],
  ];
  it.each(cases)('%s', (_what, text, words) => {
    expect(problemOf(text).message).toContain(words);
  });

  it('are found at their line and column', () => {
    const text = file((n) => n.cells.push({ id: 'b2', kind: 'code', source: 5 }));
    const problem = problemOf(text);
    const line = text.split('\n').findIndex((l) => l.includes('"source": 5'));
    expect(problem.line).toBe(line + 1);
    expect(problem.column).toBe(text.split('\n')[line]!.indexOf('5') + 1);
  });

  it('a later version is refused, and says so', () => {
    const problem = problemOf(
      file((n) => {
        n.version = 2;
      }),
    );
    expect(problem.message).toContain('made by a later dinnb');
    expect(problem.message).toContain('Update dinnb');
  });
});

describe('what is understood', () => {
  it('an empty file is a new, empty notebook', () => {
    for (const text of ['', '\uFEFF', ' \r\n\n']) expect(parseNotebook(text, 'x').cells).toEqual([]);
  });

  it('a byte order mark and Windows line ends make no difference', () => {
    const text = file(() => {});
    expect(parseNotebook(`\uFEFF${text.replaceAll('\n', '\r\n')}`, 'x')).toEqual(parseNotebook(text, 'x'));
  });

  it('sources written as one text, or as Jupyter writes lines', () => {
    for (const source of ['a\nb', ['a', 'b'], ['a\n', 'b'], 'a\r\nb']) {
      expect(
        parseNotebook(
          file((n) => {
            n.cells[0]!.source = source;
          }),
          'x',
        ).cells[0]!.source,
      ).toBe('a\nb');
    }
  });

  it('missing and repeated ids are repaired in the same way at every reading; the others stay', () => {
    const text = file((n) => {
      n.cells.push(
        { id: 'a1', kind: 'code', source: [] },
        { kind: 'code', source: [] },
        { id: 'b', kind: 'code', source: [] },
      );
      n.outputs = { a1: { outputs: [{ type: 'stream', name: 'stdout', text: 'mine' }] } };
    });
    const first = parseNotebook(text, 'x');
    const ids = first.cells.map((cell) => cell.id);
    expect(ids[0]).toBe('a1');
    expect(ids[3]).toBe('b');
    expect(new Set(ids).size).toBe(4);
    expect(ids[1]).toMatch(/^[a-z0-9]{8}$/);
    expect(parseNotebook(text, 'x')).toEqual(first);
    expect(first.cells.map((cell) => cell.outputs.length)).toEqual([1, 0, 0, 0]);
    expect(parseNotebook(printNotebook(first), 'x').cells.map((cell) => cell.id)).toEqual(ids);
  });
});

it('a file that no text can hold is refused by name, with its size', () => {
  const bytes = Buffer.alloc(constants.MAX_STRING_LENGTH + 1, ' ');
  expect(() => parseNotebookBytes(bytes, 'huge.dinnb')).toThrow(
    /^huge\.dinnb:1:1: the file has \d+ MB, and a notebook can be read up to \d+ MB\. It has not been changed/,
  );
});
