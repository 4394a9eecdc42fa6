import { escapeHtml } from '../../base/escape';

const KEYWORDS =
  'abstract as async await break case catch class const continue debugger declare default delete do else enum export ' +
  'extends finally for from function get if implements import in infer instanceof interface is keyof let namespace new of ' +
  'override private protected public readonly return satisfies set static super switch this throw try type typeof using ' +
  'var void while with yield';
const LITERALS = 'true false null undefined NaN Infinity';

const isKeyword = new Set(KEYWORDS.split(' '));
const isLiteral = new Set(LITERALS.split(' '));

/** Tried in order at each position. A template string is one token: its expressions keep the string's colour. */
const TOKEN =
  /(?<comment>\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<string>"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|`(?:\\[\s\S]|[^`\\])*`?)|(?<number>\b(?:0[xXbBoO][\da-fA-F_]+n?|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?n?))|(?<word>[A-Za-z_$][\w$]*)/g;

function wordClass(word: string, before: string, after: string): string | undefined {
  if (/\.\s*$/.test(before)) return /^\s*\(/.test(after) ? 'call' : undefined;
  if (isKeyword.has(word)) return 'keyword';
  if (isLiteral.has(word)) return 'literal';
  if (/^\s*\(/.test(after)) return 'call';
  return /^[A-Z]/.test(word) ? 'type' : undefined;
}

/** TypeScript as HTML with a class a token; for reading, so that odd code is coloured oddly but never lost. */
export function highlightTypeScript(source: string): string {
  let html = '';
  let position = 0;
  for (const match of source.matchAll(TOKEN)) {
    const text = match[0];
    const end = match.index + text.length;
    const groups = match.groups ?? {};
    const name = groups.word
      ? wordClass(text, source.slice(Math.max(0, match.index - 4), match.index), source.slice(end, end + 4))
      : (['comment', 'string', 'number'] as const).find((kind) => groups[kind] !== undefined);
    html += escapeHtml(source.slice(position, match.index));
    html += name ? `<span class="t-${name}">${escapeHtml(text)}</span>` : escapeHtml(text);
    position = end;
  }
  return html + escapeHtml(source.slice(position));
}
