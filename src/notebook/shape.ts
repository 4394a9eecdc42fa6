import type { Unknown } from './document';
import { NotebookParseError } from './errors';
import { type JsonPath, locateJsonValue } from './json-locator';
import { fromLines, normalizeLineBreaks } from './lines';

export type JsonObject = { [field: string]: unknown };

const REMEDY = 'Correct the file in a text editor; it has not been changed';

/**
 * Reads values of expected shapes out of parsed JSON. A wrong shape throws a NotebookParseError that names the cell,
 * the field, the line and the column.
 */
export class ShapeReader {
  constructor(
    private readonly file: string,
    private readonly text: () => string,
  ) {}

  fail(path: JsonPath, problem: string, remedy = REMEDY): never {
    const text = this.text();
    const offset = locateJsonValue(text, path);
    throw NotebookParseError.at(this.file, text, offset, `${describePath(path)}${problem}`, `${remedy}.`);
  }

  object(value: unknown, path: JsonPath): JsonObject {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
    return this.wrong(value, path, 'an object');
  }

  array(value: unknown, path: JsonPath): unknown[] {
    return Array.isArray(value) ? value : this.wrong(value, path, 'a list');
  }

  string(value: unknown, path: JsonPath): string {
    return typeof value === 'string' ? value : this.wrong(value, path, 'a text');
  }

  number(value: unknown, path: JsonPath): number {
    return typeof value === 'number' ? value : this.wrong(value, path, 'a number');
  }

  boolean(value: unknown, path: JsonPath): boolean {
    return typeof value === 'boolean' ? value : this.wrong(value, path, 'true or false');
  }

  strings(value: unknown, path: JsonPath): string[] {
    const items = this.array(value, path);
    // Most of a file: a place is worth making only where it is told.
    for (let index = 0; index < items.length; index++)
      if (typeof items[index] !== 'string') this.string(items[index], [...path, index]);
    return items as string[];
  }

  oneOf<T extends string>(value: unknown, path: JsonPath, choices: readonly T[]): T {
    const choice = choices.find((candidate) => candidate === value);
    return choice ?? this.wrong(value, path, choices.map((candidate) => JSON.stringify(candidate)).join(' or '));
  }

  /** A text, written as a list of lines or as one text. */
  lines(value: unknown, path: JsonPath): string {
    if (typeof value === 'string') return value;
    if (Array.isArray(value)) return fromLines(this.strings(value, path));
    return this.wrong(value, path, 'a list of lines');
  }

  source(value: unknown, path: JsonPath): string {
    return normalizeLineBreaks(this.lines(value, path));
  }

  private wrong(value: unknown, path: JsonPath, expected: string): never {
    return this.fail(
      path,
      value === undefined ? ` is missing (expected ${expected})` : ` is ${nameOf(value)}, expected ${expected}`,
    );
  }
}

/** The fields of `value` that are not `known`, or undefined when there are none. */
export function unknownFields(value: JsonObject, known: readonly string[]): Unknown | undefined {
  const rest = Object.entries(value).filter(([field]) => !known.includes(field));
  return rest.length > 0 ? Object.fromEntries(rest) : undefined;
}

function nameOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

/** `cell 3, field "source"`, as people count. */
export function describePath(path: JsonPath): string {
  const words: string[] = [];
  let steps = [...path];
  if (steps[0] === 'cells' && typeof steps[1] === 'number') {
    words.push(`cell ${steps[1] + 1}`);
    steps = steps.slice(2);
  } else if (steps[0] === 'outputs' && steps.length > 1) {
    words.push(`the results of cell ${JSON.stringify(steps[1])}`);
    steps = steps.slice(2);
  }
  if (steps[0] === 'outputs' && typeof steps[1] === 'number') {
    words.push(`output ${steps[1] + 1}`);
    steps = steps.slice(2);
  }
  const rest = steps.map((step) => (typeof step === 'number' ? `entry ${step + 1}` : `field ${JSON.stringify(step)}`));
  return [...words, ...rest].join(', ') || 'the file';
}
