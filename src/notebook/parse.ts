import { CELL_ID, newCellId, randomFromText } from './cell-id';
import type { NotebookCell, NotebookDocument, Unknown } from './document';
import { NotebookParseError } from './errors';
import { findJsonProblem, findRepeated, isTooDeep } from './json-locator';
import { parseRun } from './parse-outputs';
import { isPayload } from './payloads';
import { type JsonObject, ShapeReader, unknownFields } from './shape';

export { NotebookParseError };

const VERSION = 1;
const TOP_FIELDS = ['format', 'version', 'language', 'title', 'cells', 'environment', 'outputs', 'payloads'];
const CELL_FIELDS = ['id', 'kind', 'tags', 'source'];

/**
 * Reads the text of a `.dinnb` file. An empty file is a new, empty notebook. Missing and repeated cell ids are
 * repaired, always in the same way; every other id is kept.
 *
 * @param name how errors call the file
 * @throws NotebookParseError when the text is not JSON, has a wrong shape, or was made by a later version
 */
export function parseNotebook(text: string, name: string): NotebookDocument {
  const json = text.replace(/^\uFEFF/, '');
  if (json.trim() === '') return { version: VERSION, cells: [], unknown: {} };
  const value = parseJson(json, name);
  const again = findRepeated(json, ['cells', 'environment', 'payloads']);
  if (again) {
    const problem = `the field "${again.field}" stands twice in the file: one of the two would be lost`;
    throw NotebookParseError.at(name, json, again.offset, problem, REMEDY);
  }
  return readNotebook(value, () => json, name);
}

/**
 * The notebook that parsed JSON holds.
 *
 * @param text what it was parsed from: where an error finds its place
 * @throws NotebookParseError
 */
export function readNotebook(value: unknown, text: () => string, name: string): NotebookDocument {
  const reader = new ShapeReader(name, text);
  const file = reader.object(value, []);
  checkFormat(file, reader);

  const environment = file.environment === undefined ? undefined : reader.object(file.environment, ['environment']);
  return {
    version: VERSION,
    ...(file.title === undefined ? {} : { title: reader.string(file.title, ['title']) }),
    cells: parseCells(file, reader),
    ...(environment === undefined ? {} : { environment }),
    unknown: unknownFields(file, TOP_FIELDS) ?? {},
  };
}

export function parseJson(text: string, name: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    if (isTooDeep(value)) throw new RangeError('nested too deeply');
    return value;
  } catch (error) {
    const problem = findJsonProblem(text);
    // The locator and JSON.parse accept the same language; should they ever differ, the parser's words must do.
    if (!problem) throw NotebookParseError.at(name, text, 0, `not valid JSON: ${(error as Error).message}`, REMEDY);
    const lineStart = text.lastIndexOf('\n', problem.offset - 1) + 1;
    const conflict = /^(?:<{7}|={7}|>{7}|\|{7})/.test(text.slice(lineStart, lineStart + 7));
    throw NotebookParseError.at(
      name,
      text,
      problem.offset,
      conflict ? 'the file holds an unresolved merge conflict' : `not valid JSON: ${problem.message}`,
      conflict
        ? 'Choose cell by cell where it is opened as a notebook, or run "dinnb resolve FILE"; the file has not been changed.'
        : REMEDY,
    );
  }
}

const REMEDY = 'Correct the file in a text editor; it has not been changed.';

function checkFormat(file: JsonObject, reader: ShapeReader): void {
  if (file.format !== 'dinnb') {
    if (file.nbformat !== undefined) {
      reader.fail(['nbformat'], ': this is a Jupyter notebook', 'Import it with "dinnb import FILE.ipynb"');
    }
    reader.fail(
      ['format'],
      ` is not "dinnb", so this is not a dinnb notebook`,
      'Check that this is the right file; it has not been changed',
    );
  }
  const version = file.version;
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) {
    reader.fail(['version'], ` must be a whole number from 1 to ${VERSION}`);
  }
  if (version > VERSION) {
    const problem = ` is ${version}: the notebook was made by a later dinnb, and this one reads versions up to ${VERSION}`;
    reader.fail(['version'], problem, 'Update dinnb; the file has not been changed');
  }
  if (file.language !== undefined && file.language !== 'typescript') {
    reader.fail(['language'], ' is not "typescript", the only language that this dinnb runs');
  }
}

function parseCells(file: JsonObject, reader: ShapeReader): NotebookCell[] {
  const raw = reader.array(file.cells, ['cells']).map((cell, index) => reader.object(cell, ['cells', index]));
  const ids = repairedIds(raw, reader);
  const runs = file.outputs === undefined ? {} : reader.object(file.outputs, ['outputs']);
  const payloads = file.payloads === undefined ? {} : reader.object(file.payloads, ['payloads']);
  for (const [key, value] of Object.entries(payloads)) {
    const place = ['payloads', key];
    if (!isPayload(reader.string(value, place))) reader.fail(place, ' is not base64: its bytes are not known');
  }

  return raw.map((cell, index) => {
    const path = ['cells', index];
    const id = ids[index]!;
    // Results are looked up by the id that the file gives: a cell whose id had to be made has none.
    const run = id === cell.id && Object.hasOwn(runs, id) ? runs[id] : undefined;
    return {
      id,
      kind: reader.oneOf(cell.kind, [...path, 'kind'], ['code', 'markdown']),
      source: reader.source(cell.source, [...path, 'source']),
      tags: cell.tags === undefined ? [] : reader.strings(cell.tags, [...path, 'tags']),
      unknown: (unknownFields(cell, CELL_FIELDS) ?? {}) as Unknown,
      ...parseRun(run, ['outputs', id], payloads as { [key: string]: string }, reader),
    };
  });
}

function repairedIds(cells: readonly JsonObject[], reader: ShapeReader): string[] {
  const given = new Set<string>();
  const kept = cells.map((cell, index) => {
    if (cell.id === undefined) return undefined;
    const id = reader.string(cell.id, ['cells', index, 'id']);
    if (!CELL_ID.test(id)) {
      reader.fail(['cells', index, 'id'], ` must be 1 to 64 of the characters A-Z a-z 0-9 _ -`);
    }
    if (given.has(id)) return undefined;
    given.add(id);
    return id;
  });
  return kept.map((id, index) => {
    if (id !== undefined) return id;
    const made = newCellId(randomFromText(`${index}:${JSON.stringify(cells[index]!.source)}`), given);
    given.add(made);
    return made;
  });
}
