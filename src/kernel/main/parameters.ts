import { DataError } from '../../din/errors';
import { inspectText } from '../display/text';

type Kind = 'number' | 'boolean' | 'string' | 'bigint' | 'JSON' | 'any';

/** What a default value says about the texts that may replace it. */
function kindOf(value: unknown): Kind | undefined {
  switch (typeof value) {
    case 'number':
    case 'boolean':
    case 'string':
    case 'bigint':
      return typeof value as Kind;
    case 'undefined':
      return 'any';
    case 'object':
      return value === null ? 'any' : 'JSON';
    default:
      return undefined;
  }
}

/**
 * An override, typed like the default it replaces.
 * @throws DataError naming the parameter, the text and the type wanted
 */
export function parseParameter(name: string, text: string, standard: unknown): unknown {
  const kind = kindOf(standard);
  if (kind === undefined) {
    throw new DataError(
      `Parameter '${name}': its default ${inspectText(standard)} is code, which a text cannot replace.`,
    );
  }
  const parsed = parsers[kind](text, standard);
  if (parsed) return parsed.value;
  const wanted = kind === 'JSON' ? (Array.isArray(standard) ? 'a JSON array' : 'a JSON object') : `a ${kind}`;
  throw new DataError(`Parameter '${name}': '${text}' is not ${wanted} (its default is ${inspectText(standard)}).`);
}

const NUMBER = /^\s*[+-]?(\d[\d_]*\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i;
const NUMBER_WORDS = new Map([
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
  ['NaN', Number.NaN],
]);

type Parsed = { value: unknown } | undefined;

const parsers: { [kind in Kind]: (text: string, standard: unknown) => Parsed } = {
  number(text) {
    if (NUMBER.test(text)) {
      const value = Number(text.replaceAll('_', ''));
      return Number.isFinite(value) ? { value } : undefined;
    }
    if (/^\s*0x[\da-f]+\s*$/i.test(text)) return { value: Number(text) };
    return NUMBER_WORDS.has(text.trim()) ? { value: NUMBER_WORDS.get(text.trim()) } : undefined;
  },
  boolean(text) {
    const word = text.trim().toLowerCase();
    return word === 'true' || word === 'false' ? { value: word === 'true' } : undefined;
  },
  string: (text) => ({ value: text }),
  bigint: (text) => (/^\s*[+-]?\d+n?\s*$/.test(text) ? { value: BigInt(text.trim().replace(/n$/, '')) } : undefined),
  JSON(text, standard) {
    const parsed = json(text);
    const isSameShape =
      parsed !== undefined &&
      typeof parsed.value === 'object' &&
      parsed.value !== null &&
      Array.isArray(parsed.value) === Array.isArray(standard);
    return isSameShape ? parsed : undefined;
  },
  // A default without a type: what is JSON becomes its value, anything else stays text.
  any: (text) => json(text) ?? { value: text },
};

function json(text: string): Parsed {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined; // not JSON: the caller decides what that means
  }
}

/** The notebook's parameters: defaults that its parameters cells declare, replaced by what the host was given. */
export class Parameters {
  /** The global `params`. */
  readonly values: { [name: string]: unknown } = {};

  constructor(private readonly overrides: ReadonlyMap<string, string>) {}

  /** The value that a declaration `const name = standard` of a parameters cell binds. */
  readonly bind = (name: string, standard: unknown): unknown => {
    const text = this.overrides.get(name);
    const value = text === undefined ? standard : parseParameter(name, text, standard);
    this.values[name] = value;
    return value;
  };
}
