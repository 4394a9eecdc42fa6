import { counted } from '../../base/words';
import type { MimeBundle } from '../../outputs/mime';
import { CELL_ID, newCellId, randomFromText } from '../cell-id';
import type { CellExecution, NotebookCell, NotebookDocument, SavedOutput, Unknown } from '../document';
import { inexactNumbers, type JsonPath, positionAt } from '../json-locator';
import { normalizeLineBreaks } from '../lines';
import { parseJson } from '../parse';
import { describePath, type JsonObject, ShapeReader, unknownFields } from '../shape';
import { KERNELSPEC, LANGUAGE_INFO } from './ipynb-export';
import {
  expectedKind,
  HTML,
  htmlOfSvg,
  isRecord,
  type Json,
  kept,
  type OutputHint,
  SVG,
  splitOurs,
  timedExecution,
} from './ipynb-shape';

/** A notebook made of another format, and what a person should know about it. */
export interface Imported {
  document: NotebookDocument;
  notes: string[];
}

/**
 * Reads a Jupyter notebook (nbformat 4.0 to 4.5, and later ones of 4 by their known fields). What dinnb has no place for
 * (metadata, attachments, raw cells, metadata of outputs) is kept under `jupyter` and goes back with `notebookToIpynb`.
 *
 * @param name how errors call the file
 * @throws NotebookParseError when the text is not JSON or not a Jupyter notebook of version 4
 */
export function ipynbToNotebook(text: string, name: string): Imported {
  const json = text.replace(/^\uFEFF/, '');
  const reader = new ShapeReader(name, () => json);
  const file = reader.object(parseJson(json, name), []);
  if (file.nbformat !== 4) {
    const remedy = 'Convert it with "jupyter nbconvert --to notebook --nbformat 4 FILE.ipynb"; it has not been changed';
    if (typeof file.nbformat === 'number') {
      reader.fail(['nbformat'], ` is ${file.nbformat}: only Jupyter notebooks of version 4 can be imported`, remedy);
    }
    reader.fail(['nbformat'], ' is missing, so this is not a Jupyter notebook', 'Check that this is the right file');
  }
  const metadata = file.metadata === undefined ? {} : reader.object(file.metadata, ['metadata']);
  const { dinnb, title, ...others } = metadata;
  const { ours, foreign } = splitOurs(dinnb, ['environment', 'unknown', 'jupyter']);
  const rest = { ...others, ...foreign, ...(typeof title !== 'string' && title !== undefined && { title }) };
  const jupyter = {
    ...(isRecord(ours.jupyter) ? ours.jupyter : {}),
    ...unknownFields(file, ['cells', 'metadata', 'nbformat', 'nbformat_minor']),
    ...(JSON.stringify(rest) === DEFAULT_METADATA ? {} : { metadata: rest }),
  };
  const reading = new JupyterReader(reader);
  const cells = reading.cells(file);
  return {
    document: {
      version: 1,
      ...(typeof title === 'string' && { title }),
      cells,
      ...(isRecord(ours.environment) && { environment: ours.environment }),
      unknown: withJupyter(ours.unknown, jupyter),
    },
    notes: [...languageNote(metadata, cells), ...reading.notes(), ...numbersNote(json, file)],
  };
}

const DEFAULT_METADATA = JSON.stringify({ kernelspec: KERNELSPEC, language_info: LANGUAGE_INFO });

function languageNote(metadata: Json, cells: readonly NotebookCell[]): string[] {
  const info = metadata.language_info ?? metadata.kernelspec;
  const language = isRecord(info) ? (info.name === 'python3' ? 'python' : (info.language ?? info.name)) : undefined;
  const count = cells.filter(({ kind }) => kind === 'code').length;
  if (typeof language !== 'string' || /^(?:typescript|javascript|dinnb|tslab|jslab|deno)$/i.test(language)) return [];
  return count === 0
    ? []
    : [`its code is ${language}: ${counted(count, 'code cell')} kept as written, to be translated before they can run`];
}

/** A notebook's numbers are JavaScript's, Jupyter's are Python's. */
function numbersNote(text: string, file: JsonObject): string[] {
  const [first, ...more] = inexactNumbers(text, file);
  if (!first) return [];
  const { line } = positionAt(text, first.offset);
  const now = JSON.stringify(Number(first.written));
  const place = `${describePath(first.path)} (line ${line}): ${first.written} is ${now} here`;
  return [
    more.length === 0
      ? `1 number cannot be kept as it is, ${place}`
      : `${more.length + 1} numbers cannot be kept as they are, the first in ${place}`,
  ];
}

class JupyterReader {
  private made = 0;
  private raw = 0;
  private mixed = 0;
  private readonly strange = new Set<string>();

  constructor(private readonly reader: ShapeReader) {}

  notes(): string[] {
    return [
      ...(this.made > 0 ? [`${counted(this.made, 'cell')} without a valid id of its own got a new one`] : []),
      ...(this.raw > 0
        ? [`${counted(this.raw, 'raw cell')} shown as Markdown; an export to .ipynb makes them raw again`]
        : []),
      ...(this.mixed > 0
        ? [`the lines of ${counted(this.mixed, 'source')} ended in several ways: all are LF now`]
        : []),
      ...(this.strange.size > 0
        ? [`outputs of unknown types are kept but not shown: ${[...this.strange].join(', ')}`]
        : []),
    ];
  }

  cells(file: JsonObject): NotebookCell[] {
    const raw = this.reader
      .array(file.cells, ['cells'])
      .map((cell, index) => this.reader.object(cell, ['cells', index]));
    const given = new Set<string>();
    const ids = raw.map(({ id }) => {
      if (typeof id !== 'string' || !CELL_ID.test(id) || given.has(id)) return undefined;
      given.add(id);
      return id;
    });
    return raw.map((cell, index) => {
      let id = ids[index];
      if (id === undefined) {
        this.made++;
        id = newCellId(randomFromText(`${index}:${JSON.stringify(cell.source)}`), given);
        given.add(id);
      }
      return this.cell(cell, id, ['cells', index]);
    });
  }

  private cell(cell: JsonObject, id: string, path: JsonPath): NotebookCell {
    const type = this.reader.oneOf(cell.cell_type, [...path, 'cell_type'], ['code', 'markdown', 'raw']);
    const code = type === 'code';
    if (type === 'raw') this.raw++;
    const metadata = cell.metadata === undefined ? {} : this.reader.object(cell.metadata, [...path, 'metadata']);
    const { dinnb, tags, ...others } = metadata;
    const { ours, foreign } = splitOurs(dinnb, CELL_FIELDS);
    const strings = isStrings(tags) && tags.length > 0;
    const rest = { ...others, ...foreign, ...(!strings && tags !== undefined && { tags }) };
    const count = code ? this.count(cell.execution_count, [...path, 'execution_count']) : null;
    // What stands beside the results holds for the run that it was written for, not for a later one of Jupyter's.
    const written = isExecution(ours.execution) ? ours.execution : undefined;
    const same = code ? sameRun(written, count) : true;
    const execution = same && written ? written : timedExecution(cell, metadata);
    const lines = this.text(cell.source ?? '', [...path, 'source']);
    const source = normalizeLineBreaks(lines);
    const lineBreaks = (['\r\n', '\r'] as const).find((each) => source.replaceAll('\n', each) === lines);
    if (source !== lines && !lineBreaks) this.mixed++;
    const jupyter = {
      ...(isRecord(ours.jupyter) ? ours.jupyter : {}),
      ...unknownFields(cell, [
        'id',
        'cell_type',
        'metadata',
        'source',
        ...(code ? ['outputs', 'execution_count'] : []),
      ]),
      ...(type === 'raw' && { cell_type: 'raw' }),
      ...kept({ metadata: rest }),
      ...(count !== null && !execution && { execution_count: count }),
      ...(source !== lines && kept({ line_breaks: lineBreaks })),
    };
    const hints = same && isRecord(ours.outputs) ? ours.outputs : {};
    const run = Array.isArray(ours.run) ? ours.run : [];
    const [from, where]: [unknown, JsonPath] = code
      ? [cell.outputs ?? [], [...path, 'outputs']]
      : [run, [...path, 'metadata', 'dinnb', 'run']];
    return {
      id,
      kind: code ? 'code' : 'markdown',
      source,
      tags: ownTags(strings ? tags : [], ours.tags),
      outputs: this.reader.array(from, where).map((output, index) => {
        const hint = code ? (Object.hasOwn(hints, String(index)) ? hints[String(index)] : undefined) : undefined;
        return this.output(output, [...where, index], count, isRecord(hint) ? hint : {});
      }),
      ...(execution && { execution }),
      unknown: withJupyter(ours.unknown, jupyter),
      ...(isRecord(ours.unknownRun) && { unknownRun: ours.unknownRun }),
    };
  }

  private output(value: unknown, path: JsonPath, count: unknown, beside: OutputHint): SavedOutput {
    const { hint: inside, ...output } = this.reader.object(value, path);
    const hint = isRecord(inside) ? (inside as OutputHint) : beside;
    const type = this.reader.string(output.output_type, [...path, 'output_type']);
    const lines = (field: string) => this.text(output[field], [...path, field]);
    if (type === 'stream') {
      const name = this.reader.string(output.name, [...path, 'name']);
      const other = unknownFields(output, ['output_type', 'name', 'text']);
      const known = name === 'stdout' || name === 'stderr';
      const aside = hint.name === 'stdout' || hint.name === 'stderr' ? hint.name : undefined;
      return withHint({ type, name: aside ?? (known ? name : 'stdout'), text: lines('text') }, hint, {
        ...other,
        ...((!known || (aside && aside !== name)) && { name }),
      });
    }
    if (type === 'error') {
      const entries = this.reader.strings(output.traceback ?? [], [...path, 'traceback']);
      const counts = entries.map((entry) => entry.split('\n').length);
      const error = {
        name: lines('ename'),
        message: lines('evalue'),
        ...(isRecord(hint.error) ? hint.error : {}),
        stack: entries.join('\n'),
      };
      return withHint({ type, error }, hint, {
        ...unknownFields(output, ['output_type', 'ename', 'evalue', 'traceback']),
        // One line an entry is how it is written anyway.
        ...(entries.length === 0 && { traceback: 0 }),
        ...(counts.some((lines) => lines > 1) && { traceback: counts }),
      });
    }
    if (type !== 'display_data' && type !== 'execute_result') {
      this.strange.add(type);
      return { type: 'display', data: {}, unknown: { jupyter: { output } } };
    }
    const metadata = output.metadata === undefined ? {} : this.reader.object(output.metadata, [...path, 'metadata']);
    const { dinnb, ...others } = metadata;
    const { ours, foreign } = splitOurs(dinnb, OUTPUT_FIELDS);
    const own: OutputHint = ours;
    const result = type === 'execute_result';
    const number = result ? this.count(output.execution_count, [...path, 'execution_count']) : null;
    const data = this.bundle(output.data ?? {}, [...path, 'data'], isRecord(own.values) ? own.values : {});
    const { [SVG]: svg, [HTML]: html } = data;
    if (typeof svg === 'string' && html === htmlOfSvg(svg)) delete data[HTML];
    return withHint({ type: result ? 'result' : 'display', data }, own, {
      ...unknownFields(output, ['output_type', 'data', 'metadata', ...(result ? ['execution_count'] : [])]),
      ...kept({ metadata: { ...others, ...foreign } }),
      ...(typeof svg === 'string' && html === undefined && { svg: 'alone' }),
      ...(result && number !== count && { execution_count: number }),
    });
  }

  private count(value: unknown, path: JsonPath): number | null {
    if (value === undefined || value === null) return null;
    const count = this.reader.number(value, path);
    return Number.isInteger(count) && count >= 0
      ? count
      : this.reader.fail(path, ' is not a whole number of at least 0');
  }

  /** Jupyter's lines carry their line breaks: they are put together as they are. */
  private text(value: unknown, path: JsonPath): string {
    return Array.isArray(value) ? this.reader.strings(value, path).join('') : this.reader.string(value, path);
  }

  private bundle(value: unknown, path: JsonPath, values: Json): MimeBundle {
    const entries = Object.entries(this.reader.object(value, path));
    return Object.fromEntries(
      entries.map(([mime, item]) => {
        const kind = Object.hasOwn(values, mime) ? values[mime] : expectedKind(mime);
        if (kind === 'json' && expectedKind(mime) === 'json') return [mime, item];
        // A later version may hold more under a MIME type of text; it is data all the same.
        if (typeof item !== 'string' && !isStrings(item)) return [mime, item];
        const text = this.text(item, [...path, mime]);
        if (kind === 'bytes') return [mime, bytesOf(text) ?? text];
        return [mime, kind === 'json' ? jsonOf(text) : text];
      }),
    );
  }
}

const CELL_FIELDS = ['tags', 'unknown', 'unknownRun', 'jupyter', 'execution', 'outputs', 'run'];
const OUTPUT_FIELDS = ['unknown', 'jupyter', 'name', 'error', 'values'];

function isExecution(value: unknown): value is CellExecution & Json {
  if (!isRecord(value) || !(value.unknown === undefined || isRecord(value.unknown))) return false;
  return (
    typeof value.ok === 'boolean' &&
    ['count', 'startedAt', 'endedAt'].every((field) => typeof value[field] === 'number')
  );
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** Whether the count that stands in the file is the one that was written for this execution. */
function sameRun(execution: CellExecution | undefined, count: unknown): boolean {
  if (!execution) return count === null;
  return execution.count === count || (count === null && !(Number.isInteger(execution.count) && execution.count >= 0));
}

/** All tags, also those that Jupyter does not allow, unless somebody changed them there. */
function ownTags(tags: string[], all: unknown): string[] {
  if (!isStrings(all)) return tags;
  const allowed = [...new Set(all)].filter((tag) => /^[^,]+$/.test(tag));
  return JSON.stringify(allowed) === JSON.stringify(tags) ? all : tags;
}

function withHint(output: SavedOutput, hint: OutputHint, jupyter: Json): SavedOutput {
  const unknown = withJupyter(hint.unknown, { ...hint.jupyter, ...jupyter });
  return Object.keys(unknown).length > 0 ? { ...output, unknown } : output;
}

function withJupyter(unknown: unknown, jupyter: Json): Unknown {
  return { ...(isRecord(unknown) ? unknown : {}), ...kept({ jupyter }) };
}

/** Undefined where decoding would lose something; line breaks within base64 mean nothing. */
function bytesOf(base64: string): Uint8Array | undefined {
  const dense = base64.replace(/\s+/g, '');
  const bytes = Buffer.from(dense, 'base64');
  return bytes.toString('base64') === dense ? new Uint8Array(bytes) : undefined;
}

/** The value that was written as JSON text; the text itself when somebody changed it. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
