const WIDTH = 100;
const INDENT = '  ';
const ONE_A_LINE = Symbol('one entry a line');
/** Marks a list that is always written one entry a line, however short it is: texts that people edit. */
export function oneALine(entries: string[]): string[] {
  return Object.assign(entries, { [ONE_A_LINE]: true });
}

/**
 * JSON laid out for line diffs, as UTF-8: small objects and lists take one line, a series of numbers takes one line however
 * long it is (a training run would otherwise fill a line for every point), everything else one line an entry.
 * The layout depends on the value alone, so that writing what was read gives the same bytes.
 */
export function writeJson(value: unknown): Buffer {
  const writer = new Writer();
  writer.write(value, '', 0);
  writer.add('\n');
  return writer.bytes();
}

/** Into bytes at once: texts that live until the end are what makes a large notebook slow to write. */
class Writer {
  private buffer = Buffer.allocUnsafe(65_536);
  private length = 0;
  /** Not written yet: a call for every few characters would cost more than the characters. */
  private waiting = '';

  bytes(): Buffer {
    this.flush();
    return this.buffer.subarray(0, this.length);
  }

  add(text: string): void {
    this.waiting += text;
    if (this.waiting.length > 4096) this.flush();
  }

  private flush(): void {
    const text = this.waiting;
    this.waiting = '';
    const most = this.length + 3 * text.length;
    if (most > this.buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(most, 2 * this.buffer.length));
      this.buffer.copy(larger, 0, 0, this.length);
      this.buffer = larger;
    }
    this.length += this.buffer.write(text, this.length);
  }

  /** `lead` is how many columns the line holds before the value, beyond the indent. */
  write(value: unknown, indent: string, lead: number): void {
    const plain = plainValue(value);
    const inline = isContainer(plain) ? inlined(plain, WIDTH - indent.length - lead) : scalar(plain);
    if (inline !== undefined) this.add(inline);
    else if (Array.isArray(plain)) this.list(plain, indent);
    else this.object(plain as Fields, indent);
  }

  private list(items: readonly unknown[], indent: string): void {
    const inner = indent + INDENT;
    const first = `[\n${inner}`;
    let lead = first;
    for (const item of items) {
      // Most of a file: lines of texts.
      if (typeof item === 'string') this.add(lead + JSON.stringify(item));
      else {
        this.add(lead);
        this.write(item, inner, 0);
      }
      lead = `,\n${inner}`;
    }
    this.add(lead === first ? '[]' : `\n${indent}]`);
  }

  private object(value: Fields, indent: string): void {
    const inner = indent + INDENT;
    const first = `{\n${inner}`;
    let lead = first;
    for (const name of Object.keys(value)) {
      const item = value[name];
      if (!hasForm(item)) continue;
      const label = `${JSON.stringify(name)}: `;
      this.add(lead + label);
      this.write(item, inner, label.length);
      lead = `,\n${inner}`;
    }
    this.add(lead === first ? '{}' : `\n${indent}}`);
  }
}

type Fields = { [name: string]: unknown };

/** What takes one line, written; undefined for what takes several. */
function inlined(value: object, width: number): string | undefined {
  if (Array.isArray(value) && ONE_A_LINE in value) return undefined;
  return series(value) ?? shortInline(value, width);
}

/** A list or object of plain scalars on one line, if it fits. */
function shortInline(value: object, width: number): string | undefined {
  const names = Object.keys(value);
  // An early way out: a list this long cannot fit, and need not be written to find out.
  if (names.length > width) return undefined;
  for (const name of names) {
    const item = (value as Fields)[name];
    if (isContainer(item) && isContainer(plainValue(item))) return undefined;
  }
  const text = writeInline(value);
  return text.length <= width ? text : undefined;
}

function writeInline(value: object): string {
  if (Array.isArray(value)) return `[${value.map(scalar).join(', ')}]`;
  let text = '';
  for (const name of Object.keys(value)) {
    const item = (value as Fields)[name];
    if (hasForm(item)) text += `${text === '' ? '{ ' : ', '}${JSON.stringify(name)}: ${scalar(item)}`;
  }
  return text === '' ? '{}' : `${text} }`;
}

/** A list of numbers, written; undefined for anything else. */
function series(value: object): string | undefined {
  if (!Array.isArray(value)) return undefined;
  for (const item of value) if (typeof item !== 'number' && item !== null) return undefined;
  // Numbers and `null` hold no commas.
  return JSON.stringify(value).replaceAll(',', ', ');
}

/** `JSON.stringify` of what is no container, without its cost for numbers. */
function scalar(value: unknown): string {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null';
  return JSON.stringify(value) ?? 'null';
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** What JSON keeps of an object's fields. */
const hasForm = (item: unknown): boolean => item !== undefined && typeof item !== 'function';

function plainValue(value: unknown): unknown {
  const convert = (value as { toJSON?: unknown } | null | undefined)?.toJSON;
  return typeof convert === 'function' ? convert.call(value) : value;
}

/** Whether reading the JSON of a value would give that very value, but for fields without one; no deeper than `depth` levels. */
export function isPlainJson(value: unknown, depth: number): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true;
  if (typeof value !== 'object' || depth === 0 || plainValue(value) !== value) return false;
  // Not `every`, which leaves out what a list does not hold.
  if (Array.isArray(value)) {
    for (const item of value) if (!isPlainJson(item, depth - 1)) return false;
    return true;
  }
  for (const name of Object.keys(value)) {
    const item = (value as { [name: string]: unknown })[name];
    if (item !== undefined && !isPlainJson(item, depth - 1)) return false;
  }
  return true;
}
