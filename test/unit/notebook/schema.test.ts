import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import Ajv from 'ajv';
import { describe, expect, it } from 'vitest';
import packageJson from '../../../package.json';
import { readFilesAsJson } from '../../../src/extension/documents/text-files';
import type { VS } from '../../../src/extension/vs';
import { randomFromText } from '../../../src/notebook/cell-id';
import { NotebookParseError } from '../../../src/notebook/errors';
import { parseNotebook } from '../../../src/notebook/parse';
import { printNotebook } from '../../../src/notebook/print';
import { mutate } from './mutations';
import { DocumentMaker } from './random-document';

const root = path.resolve(__dirname, '../../..');
const ajv = new Ajv({ strict: true, strictTypes: false });
const validate = ajv.compile(JSON.parse(readFileSync(path.join(root, 'docs/dinnb.schema.json'), 'utf8')));

function parses(text: string): true | string {
  try {
    parseNotebook(text, 'x');
    return true;
  } catch (error) {
    if (!(error instanceof NotebookParseError)) throw error;
    return error.problem;
  }
}

describe('the JSON Schema of the format', () => {
  it('is shipped, and the editor validates *.dinnb opened as text with it', () => {
    expect(packageJson.contributes.jsonValidation).toEqual([{ fileMatch: '*.dinnb', url: './docs/dinnb.schema.json' }]);
    expect(packageJson.files).toContain('docs/*.json');
    const own = packageJson.contributes.languages.find(({ extensions }: { extensions?: string[] }) =>
      extensions?.includes('.dinnb'),
    );
    const document = (languageId: string) => ({ languageId });
    const open = document(own!.id);
    const later: ((document: object) => void)[] = [];
    const adopted: [object, string][] = [];
    readFilesAsJson({
      languages: { setTextDocumentLanguage: async (...taken: [object, string]) => adopted.push(taken) },
      workspace: {
        textDocuments: [open, document('typescript')],
        onDidOpenTextDocument: (seen: (d: object) => void) => later.push(seen),
      },
    } as unknown as VS);
    const next = document(own!.id);
    later[0]!(next);
    later[0]!(document('json'));
    expect(adopted).toEqual([
      [open, 'json'],
      [next, 'json'],
    ]);
  });

  it('holds for the sample notebooks and for whatever is printed', () => {
    const samples = readdirSync(path.join(root, 'notebooks')).filter((name) => name.endsWith('.dinnb'));
    const texts = samples.map((name) => readFileSync(path.join(root, 'notebooks', name), 'utf8'));
    for (let seed = 0; seed < 500; seed++) texts.push(printNotebook(new DocumentMaker(seed).document()));
    for (const text of texts) expect(validate(JSON.parse(text)) || validate.errors).toBe(true);
  });

  it('and the reader agree on files with any other value in any place', () => {
    const random = randomFromText('schema');
    const outcomes = { both: 0, neither: 0 };
    for (let round = 0; round < 8_000; round++) {
      const file = JSON.parse(printNotebook(new DocumentMaker(round % 50).document()));
      const values = [null, -1, 1, 'x', 'a b', [], {}, true, [[null]], ['x'], undefined, { $json: 1 }];
      const { what } = mutate(file, values, random);
      const text = JSON.stringify(file);
      const read = parses(text);
      const valid = validate(JSON.parse(text));
      // What no schema can say: a reference to bytes that the file does not hold. What is not read need not be right:
      // results of a cell that is not there.
      if (typeof read === 'string' && /refers to the payload/.test(read)) continue;
      const cells: { id?: string }[] = Array.isArray(file.cells) ? file.cells : [];
      const orphans = Object.keys(file.outputs ?? {}).some((id) => !cells.some((cell) => cell?.id === id));
      if (orphans && read === true) continue;
      expect(valid, `${what}: ${read} ${JSON.stringify(validate.errors)}`).toBe(read === true);
      outcomes[valid ? 'both' : 'neither']++;
    }
    expect(outcomes.both).toBeGreaterThan(1000);
    expect(outcomes.neither).toBeGreaterThan(1000);
  });
});
