const WIDTH = 100;
const INDENT = '  ';

/** An array that is always written one entry a line, however short it is: texts that people edit. */
export class OneALine {
  constructor(readonly entries: readonly unknown[]) {}
}

/**
 * JSON laid out for line diffs: small objects and lists take one line, a series of numbers takes one line however
 * long it is (a training run would otherwise fill a line for every point), everything else one line an entry.
 * The layout depends on the value alone, so that writing what was read gives the same bytes.
 */
export function writeJson(value: unknown): string {
  return write(value, '', 0);
}

/** `lead` is how many columns the line holds before the value, beyond the indent. */
function write(value: unknown, indent: string, lead: number): string {
  if (typeof value === 'string') return JSON.stringify(value); // most of a file: lines of texts
  const plain = plainValue(value);
  if (plain instanceof OneALine) return writeBlock('[', plain.entries.map(entry), ']', indent);
  if (!isContainer(plain)) return JSON.stringify(plain) ?? 'null';
  const inline = isSeries(plain) ? writeInline(plain) : shortInline(plain, WIDTH - indent.length - lead);
  if (inline !== undefined) return inline;
  return Array.isArray(plain)
    ? writeBlock('[', plain.map(entry), ']', indent)
    : writeBlock('{', fields(plain).map(field), '}', indent);

  function entry(item: unknown): string {
    return write(item, indent + INDENT, 0);
  }
  function field([name, item]: [string, unknown]): string {
    const label = `${JSON.stringify(name)}: `;
    return label + write(item, indent + INDENT, label.length);
  }
}

function writeBlock(open: string, parts: string[], close: string, indent: string): string {
  if (parts.length === 0) return open + close;
  const inner = indent + INDENT;
  return `${open}\n${inner}${parts.join(`,\n${inner}`)}\n${indent}${close}`;
}

/** A list or object of plain scalars on one line, if it fits. */
function shortInline(value: object, width: number): string | undefined {
  const items = Array.isArray(value) ? value : Object.values(value);
  // An early way out: a list this long cannot fit, and need not be written to find out.
  if (items.length > width || items.some((item) => isContainer(plainValue(item)))) return undefined;
  const text = writeInline(value);
  return text.length <= width ? text : undefined;
}

function writeInline(value: object): string {
  if (Array.isArray(value)) return `[${value.map((item) => JSON.stringify(item) ?? 'null').join(', ')}]`;
  const parts = fields(value).map(([name, item]) => `${JSON.stringify(name)}: ${JSON.stringify(item)}`);
  return parts.length === 0 ? '{}' : `{ ${parts.join(', ')} }`;
}

function isSeries(value: object): boolean {
  return Array.isArray(value) && value.every((item) => item === null || typeof item === 'number');
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** What JSON keeps of an object: fields without a JSON form are left out. */
function fields(value: object): [string, unknown][] {
  return Object.entries(value).filter(([, item]) => item !== undefined && typeof item !== 'function');
}

function plainValue(value: unknown): unknown {
  const convert = (value as { toJSON?: unknown } | null | undefined)?.toJSON;
  return typeof convert === 'function' ? convert.call(value) : value;
}
