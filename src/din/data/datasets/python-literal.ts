/** A value as Python prints it: `{'asin': '0528881469', 'categories': [['Electronics', u'GPS']], 'price': 299.99}`. */
export type PythonValue = string | number | boolean | null | PythonValue[] | { [key: string]: PythonValue };

const SPACE = /\s*/y;
const TEXT = /[uU]?(?:'((?:[^'\\]|\\[\s\S])*)'|"((?:[^"\\]|\\[\s\S])*)")/y;
const NUMBER = /[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?[lL]?/y;
const WORD = /True|False|None|true|false|null/y;
const WORDS: Readonly<Record<string, boolean | null>> = {
  True: true,
  False: false,
  None: null,
  true: true,
  false: false,
  null: null,
};
const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  v: '\v',
  a: '\x07',
  '0': '\0',
};

/**
 * Reads a Python literal: texts, numbers, True, False, None, lists, tuples and dicts. JSON is read as well.
 * @throws SyntaxError with the position of what is none of them
 */
export function pythonLiteral(text: string): PythonValue {
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at = pattern.lastIndex;
    return found;
  };
  const fail = (wanted: string): never => {
    throw new SyntaxError(`at character ${at + 1}, where ${wanted} should be: ${text.slice(at, at + 30) || 'the end'}`);
  };
  const next = (): string => {
    match(SPACE);
    return text[at];
  };
  const items = (end: string, one: () => void): void => {
    at++;
    while (next() !== end) {
      one();
      if (next() === ',') at++;
      else if (text[at] !== end) fail(`',' or '${end}'`);
    }
    at++;
  };
  const value = (): PythonValue => {
    const start = next();
    if (start === '[' || start === '(') {
      const list: PythonValue[] = [];
      items(start === '[' ? ']' : ')', () => list.push(value()));
      return list;
    }
    if (start === '{') {
      const entries: [string, PythonValue][] = [];
      items('}', () => {
        const key = String(value());
        if (next() !== ':') fail("':'");
        at++;
        entries.push([key, value()]);
      });
      return Object.fromEntries(entries);
    }
    const quoted = match(TEXT);
    if (quoted) return unescaped(quoted[1] ?? quoted[2]);
    const number = match(NUMBER);
    if (number) return Number(number[0].replace(/[lL]$/, ''));
    const word = match(WORD);
    return word ? WORDS[word[0]] : fail('a value');
  };
  const result = value();
  if (next() !== undefined) fail('the end');
  return result;
}

function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(\r?\n)|([\s\S]))/g,
    (_, x, u, long, line, one) => {
      const code = x ?? u ?? long;
      if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
      return line === undefined ? (ESCAPES[one] ?? one) : '';
    },
  );
}
