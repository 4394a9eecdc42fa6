import type * as TypeScript from 'typescript';

/** What a cell lacks before and after it to be whole. */
export interface Closers {
  before: string;
  after: string;
}

/** A cell by itself: a module, so that `await` means what it means there. */
export function parseCell(ts: typeof TypeScript, text: string, markup = false): TypeScript.SourceFile {
  const options: TypeScript.CreateSourceFileOptions = {
    languageVersion: ts.ScriptTarget.ESNext,
    setExternalModuleIndicator: (file) => {
      (file as { externalModuleIndicator?: unknown }).externalModuleIndicator = true;
    },
  };
  return ts.createSourceFile('cell.ts', text, options, true, kindOf(ts, markup));
}

/** How TypeScript is to read what holds markup (JSX), and what does not. */
export function kindOf(ts: typeof TypeScript, markup: boolean): TypeScript.ScriptKind {
  return markup ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
}

/** Whether a cell holds markup. It changes how `<` is read: a cell is taken for it only where without it something is wrong,
 * and with it no more. */
export function isMarkup(ts: typeof TypeScript, text: string): boolean {
  if (!text.includes('/>') && !text.includes('</')) return false;
  const wrong = syntaxErrors(parseCell(ts, text)).length;
  if (wrong === 0) return false;
  const file = parseCell(ts, text, true);
  const hasMarkup = (node: TypeScript.Node): boolean =>
    ts.isJsxElement(node) ||
    ts.isJsxSelfClosingElement(node) ||
    ts.isJsxFragment(node) ||
    (ts.forEachChild(node, (child) => hasMarkup(child) || undefined) ?? false);
  return syntaxErrors(file).length <= wrong && hasMarkup(file);
}

/** Where a parsed cell is no TypeScript. */
export function syntaxErrors(file: TypeScript.SourceFile): readonly TypeScript.DiagnosticWithLocation[] {
  return (file as TypeScript.SourceFile & { parseDiagnostics: readonly TypeScript.DiagnosticWithLocation[] })
    .parseDiagnostics;
}

const CLOSING: { [open: string]: string } = { '{': '}', '(': ')', '[': ']' };

/**
 * What keeps a half-typed cell from reaching into the cells around it: a bracket, text or comment left open would swallow what follows, and
 * a bracket too many would close what is not its own. Undefined when nothing that was tried does.
 */
export function closersOf(ts: typeof TypeScript, file: TypeScript.SourceFile, markup = false): Closers | undefined {
  if (syntaxErrors(file).length === 0) return { before: '', after: '' };
  const { text } = file;
  const brackets = byBrackets(ts, text);
  const candidates = [{ before: '', after: '' }, brackets, { ...brackets, after: `${brackets.after}{}` }];
  for (const end of ['*/', '`', '`)', '}`', '>']) candidates.push({ before: '', after: end });
  return candidates.find((candidate) => staysInside(ts, text, candidate, markup));
}

/** Whether a statement behind the cell is still one of the file's own, and one before it too. */
function staysInside(ts: typeof TypeScript, text: string, { before, after }: Closers, markup: boolean): boolean {
  const end = '__dinnb_end';
  // Behind a cell a block may open, which is not to be its own.
  const whole = `{;${before}\n${text}\n${after};{;}}class ${end} { own = 1 }`;
  const file = ts.createSourceFile('cell.ts', whole, ts.ScriptTarget.ESNext, false, kindOf(ts, markup));
  const [first, last, ...others] = file.statements;
  if (!first || !last || others.length > 0 || !ts.isClassDeclaration(last) || last.name?.text !== end) return false;
  return ts.isBlock(first) && ts.isBlock(first.statements.at(-1)!) && last.members.length === 1;
}

/** Counts brackets, as far as that is possible in text that cannot be parsed. */
function byBrackets(ts: typeof TypeScript, text: string): Closers {
  const scanner = ts.createScanner(ts.ScriptTarget.ESNext, true, ts.LanguageVariant.Standard, text);
  const open: string[] = [];
  let surplus = '';
  for (let token = scanner.scan(); token !== ts.SyntaxKind.EndOfFileToken; token = scanner.scan()) {
    if (token === ts.SyntaxKind.CloseBraceToken && open.at(-1) === '${') {
      token = scanner.reScanTemplateToken(false);
      if (token === ts.SyntaxKind.TemplateTail || scanner.isUnterminated()) open.pop();
      if (scanner.isUnterminated()) open.push('`');
      continue;
    }
    if (token === ts.SyntaxKind.TemplateHead) open.push('${');
    else if (token === ts.SyntaxKind.NoSubstitutionTemplateLiteral && scanner.isUnterminated()) open.push('`');
    else if (token === ts.SyntaxKind.OpenBraceToken) open.push('{');
    else if (token === ts.SyntaxKind.OpenParenToken) open.push('(');
    else if (token === ts.SyntaxKind.OpenBracketToken) open.push('[');
    else if (token === ts.SyntaxKind.CloseBraceToken) {
      // Recovery is by braces: what was left open inside them ends with them.
      const at = open.lastIndexOf('{');
      if (at >= 0) open.length = at;
      else surplus += '{';
    } else if (token === ts.SyntaxKind.CloseParenToken || token === ts.SyntaxKind.CloseBracketToken) {
      if (open.length > 0 && CLOSING[open.at(-1)!] === scanner.getTokenText()) open.pop();
    }
  }
  const after = open.reverse().map((bracket) => (bracket === '`' ? '`' : bracket === '${' ? '}`' : CLOSING[bracket]!));
  return { before: surplus, after: after.join('') };
}

/** How many levels of a parsed cell are compiled. Printed with its indent, what is nested takes the square of its depth. */
const DEEPEST = 1000;

/**
 * How many with the links of chains, which are not printed with an indent: calls of calls, sums of sums, `else if`. Compilers go
 * down each of them, and while their stack is deep each collection of garbage goes through all of it.
 */
const LONGEST = 4000;

/** Where a parsed source is nested too deeply to be compiled, or a chain in it too long. */
export function tooDeepAt(ts: typeof TypeScript, file: TypeScript.SourceFile): number | undefined {
  const waiting: [node: TypeScript.Node, depth: number, links: number][] = [[file, 1, 0]];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [node, depth, links] = next;
    if (depth > DEEPEST || depth + links > LONGEST) return node.getStart(file);
    const alternative = ts.isIfStatement(node)
      ? node.elseStatement
      : ts.isConditionalExpression(node)
        ? node.whenFalse
        : undefined;
    const children: TypeScript.Node[] = [];
    ts.forEachChild(node, (child) => void children.push(child));
    for (const child of children.reverse()) {
      const link = child.pos === node.pos || child === alternative;
      waiting.push([child, link ? depth : depth + 1, link ? links + 1 : links]);
    }
  }
  return undefined;
}

/** How deep brackets are nested, as far as that counts, and where: a place to look at in a source that TypeScript cannot parse. */
export function deepestNesting(text: string): { depth: number; at: number } {
  let depth = 0;
  const deepest = { depth: 0, at: 0 };
  for (let at = 0; at < text.length && deepest.depth <= DEEPEST; at++) {
    if ('([{'.includes(text[at]!)) depth += 1;
    else if (')]}'.includes(text[at]!)) depth -= 1;
    if (depth > deepest.depth) Object.assign(deepest, { depth, at });
  }
  return deepest;
}

/** What is told of such a source. */
export const TOO_DEEP = 'This is nested too deeply to be compiled: name parts of it, or build it in a loop.';
