/** 1-based line and column. */
export interface Position {
  line: number;
  column: number;
}

export interface JsonProblem {
  offset: number;
  /** What is wrong there, as a clause: `expected "," or "]", found "x"`. */
  message: string;
}

export type JsonPath = readonly (string | number)[];

/** What walks and writes JSON recurses: deeper than this it might not return. A notebook is nowhere near as deep. */
export const MAX_DEPTH = 500;

class Stop extends Error {
  constructor(readonly problem: JsonProblem) {
    super(problem.message);
  }
}

/**
 * Walks JSON text the way RFC 8259 defines it and stops at the first fault. `JSON.parse` words its errors differently
 * in every Node version and often leaves the position out, so the place is found here.
 */
class Scanner {
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly onValue: (path: JsonPath, offset: number) => void = () => {},
  ) {}

  scan(): void {
    this.space();
    this.value([]);
    this.space();
    if (this.at < this.text.length) this.fail('expected the end of the file');
  }

  private value(path: JsonPath): void {
    if (path.length > MAX_DEPTH) this.stop(`nested deeper than ${MAX_DEPTH} levels`);
    this.onValue(path, this.at);
    const character = this.text[this.at];
    if (character === '{') this.object(path);
    else if (character === '[') this.array(path);
    else if (character === '"') this.string();
    else if (!this.token(/-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y) && !this.token(/true|false|null/y)) {
      this.fail('expected a value');
    }
  }

  private object(path: JsonPath): void {
    this.at++;
    this.space();
    if (this.take('}')) return;
    for (;;) {
      if (this.text[this.at] !== '"') this.fail('expected a field name in double quotes');
      const name = this.string();
      this.space();
      if (!this.take(':')) this.fail(`expected ":" after the field name ${JSON.stringify(name)}`);
      this.space();
      this.value([...path, name]);
      this.space();
      if (this.take('}')) return;
      if (!this.take(',')) this.fail('expected "," or "}"');
      this.space();
      if (this.text[this.at] === '}') this.stop('a comma before "}" is not allowed');
    }
  }

  private array(path: JsonPath): void {
    this.at++;
    this.space();
    if (this.take(']')) return;
    for (let index = 0; ; index++) {
      this.value([...path, index]);
      this.space();
      if (this.take(']')) return;
      if (!this.take(',')) this.fail('expected "," or "]"');
      this.space();
      if (this.text[this.at] === ']') this.stop('a comma before "]" is not allowed');
    }
  }

  private string(): string {
    const start = this.at++;
    for (;;) {
      const character = this.text[this.at];
      if (character === undefined) throw new Stop({ offset: start, message: 'a text that is never closed' });
      if (character === '"') break;
      if (character < ' ') {
        const what = character === '\n' || character === '\r' ? 'a line break' : 'a control character';
        this.stop(`${what} inside a text (write it as an escape, or close the quote)`);
      }
      if (character === '\\' && !/^\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/.test(this.text.slice(this.at, this.at + 6))) {
        this.stop(`an invalid escape ${JSON.stringify(this.text.slice(this.at, this.at + 2))}`);
      }
      this.at += character === '\\' ? 2 : 1;
    }
    this.at++;
    return JSON.parse(this.text.slice(start, this.at)) as string;
  }

  private space(): void {
    this.token(/[ \t\r\n]+/y);
  }

  private take(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private token(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (!match) return false;
    this.at += match[0].length;
    return true;
  }

  private fail(expected: string): never {
    const rest = this.text.slice(this.at);
    const found = rest === '' ? 'the end of the file' : JSON.stringify(/^(?:[\w.+-]{1,20}|[\s\S])/u.exec(rest)![0]);
    this.stop(`${expected}, found ${found}`);
  }

  private stop(message: string): never {
    throw new Stop({ offset: this.at, message });
  }
}

/** The first fault of a JSON text, or undefined when there is none. */
export function findJsonProblem(text: string): JsonProblem | undefined {
  try {
    new Scanner(text).scan();
    return undefined;
  } catch (error) {
    if (error instanceof Stop) return error.problem;
    throw error;
  }
}

/**
 * Where the value at `path` begins in valid JSON text; where its nearest enclosing value begins if the path leads
 * nowhere. Of a field written twice the last counts, as in `JSON.parse`.
 */
export function locateJsonValue(text: string, path: JsonPath): number {
  let best = { depth: -1, offset: 0 };
  const visit = (here: JsonPath, offset: number) => {
    const leads = here.length <= path.length && here.every((step, index) => step === path[index]);
    if (leads && here.length >= best.depth) best = { depth: here.length, offset };
  };
  new Scanner(text, visit).scan();
  return best.offset;
}

/**
 * Of these fields of the whole, one that is written twice, and where it is again. `JSON.parse` takes the last and says nothing of the first.
 */
export function findRepeated(text: string, fields: readonly string[]): { field: string; offset: number } | undefined {
  // Walking the text takes its time, and in few files such a name stands twice at all.
  const suspects = fields.filter((field) => {
    const written = `"${field}"`;
    return text.indexOf(written, text.indexOf(written) + 1) >= 0;
  });
  if (suspects.length === 0) return undefined;
  const seen = new Set<unknown>();
  let found: { field: string; offset: number } | undefined;
  new Scanner(text, (path, offset) => {
    const [field] = path;
    if (path.length !== 1 || found || !suspects.includes(field as string)) return;
    if (seen.has(field)) found = { field: field as string, offset };
    seen.add(field);
  }).scan();
  return found;
}

/** Numbers that a number of JavaScript does not keep as they are written: whole ones of too many digits, and what is too large for any. */
export function inexactNumbers(text: string, parsed: unknown): { path: JsonPath; offset: number; written: string }[] {
  const found: { path: JsonPath; offset: number; written: string }[] = [];
  // Walking the text takes its time, and few files hold any.
  if (!holdsLargeNumber(parsed)) return found;
  new Scanner(text, (path, offset) => {
    const written = /-?\d[\d.eE+-]*/y;
    written.lastIndex = offset;
    const number = written.exec(text)?.[0];
    if (number !== undefined && !isKept(number)) found.push({ path, offset, written: number });
  }).scan();
  return found;
}

function isKept(written: string): boolean {
  const value = Number(written);
  return Number.isFinite(value) && (!/^-?\d+$/.test(written) || BigInt(value) === BigInt(written));
}

function holdsLargeNumber(value: unknown): boolean {
  if (typeof value === 'number') return Math.abs(value) > Number.MAX_SAFE_INTEGER;
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsLargeNumber);
}

/** Whether parsed JSON is nested deeper than `findJsonProblem` allows; without recursion. */
export function isTooDeep(value: unknown): boolean {
  let level = typeof value === 'object' && value !== null ? [value as unknown] : [];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH + 1) return true;
    const next: unknown[] = [];
    for (const container of level) {
      for (const item of Object.values(container as object)) {
        if (typeof item === 'object' && item !== null) next.push(item);
      }
    }
    level = next;
  }
  return false;
}

export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const lines = before.split(/\r\n|\r|\n/);
  return { line: lines.length, column: lines.at(-1)!.length + 1 };
}
