import type * as TypeScript from 'typescript';
import { objectInParentheses } from '../protocol/cell-value';
import { parameterNames } from '../protocol/parameters';
import { AGAIN } from './globals';
import { closersOf, deepestNesting, isMarkup, parseCell, syntaxErrors, TOO_DEEP, tooDeepAt } from './half-typed';
import { type CellImport, type CellNames, type CellVars, NO_NAMES, namesOf } from './names';
import { type CellSyntaxError, refusals } from './refusals';

/** A code cell, as the editor has it now. */
export interface Cell {
  /** Whatever names the cell for the caller. */
  id: string;
  source: string;
  /** Whether its declarations are the notebook's parameters. */
  parameters: boolean;
}

export interface CellPlace {
  cell: number;
  offset: number;
}

interface Part {
  start: number;
  end: number;
  depth: number;
  names: CellNames;
  errors: readonly CellSyntaxError[];
  refused: readonly CellSyntaxError[];
}

/**
 * The cells of a notebook as one module. Each cell's text stands in it as it is, letter for letter (but `var` and `const` may have become
 * a `let` of the same length, or blank), so that positions differ by a constant per cell. A block opens before a cell that declares a visible name
 * again, and ends with the module: from there on the name is the new one.
 */
export class NotebookModule {
  constructor(
    readonly text: string,
    private readonly parts: readonly Part[],
    /** Names of the parameters that the module exports. */
    readonly parameters: readonly string[],
    /** Names of parameters that lie in blocks, from where there is no exporting them: they may be anything. */
    readonly innerParameters: readonly string[],
    /** The modules that the cells import, as one text. */
    readonly modules: string,
    /** Whether a cell holds markup (JSX). */
    readonly markup: boolean,
  ) {}

  get size(): number {
    return this.parts.length;
  }

  toModule({ cell, offset }: CellPlace): number {
    const { start, end } = this.parts[cell]!;
    return Math.min(start + offset, end);
  }

  /** Where a position of the module lies; undefined between cells. */
  toCell(position: number): CellPlace | undefined {
    let low = 0;
    let high = this.parts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.parts[middle]!.start <= position) low = middle;
      else high = middle - 1;
    }
    const part = this.parts[low];
    if (!part || position < part.start || position > part.end) return undefined;
    return { cell: low, offset: position - part.start };
  }

  /** A span of the module in its first cell, cut where the cell ends; undefined between cells. */
  toCellSpan(start: number, length: number): { cell: number; start: number; end: number } | undefined {
    const place = this.toCell(start);
    if (!place) return undefined;
    const part = this.parts[place.cell]!;
    return { cell: place.cell, start: place.offset, end: Math.min(start + length, part.end) - part.start };
  }

  range(cell: number): { start: number; end: number } {
    return this.parts[cell]!;
  }

  /** How many blocks a cell lies in. */
  depth(cell: number): number {
    return this.parts[cell]!.depth;
  }

  /** Where a cell, by itself, is no TypeScript; positions are those of the cell. */
  syntaxErrors(cell: number): readonly CellSyntaxError[] {
    return this.parts[cell]!.errors;
  }

  /** Where a cell is TypeScript that no kernel takes. */
  refusedIn(cell: number): readonly CellSyntaxError[] {
    return this.parts[cell]!.refused;
  }

  /** Whether a position lies in an import or export of a cell: what is wrong with those of the cell itself, `refusals` tell. */
  isImportOrExport(cell: number, offset: number): boolean {
    const { imports, exports } = this.parts[cell]!.names;
    return [...imports, ...exports].some(({ start, end }) => offset >= start && offset < end);
  }

  /** Whether a cell, or any, declares a name with `var`. */
  isVar(name: string, cell?: number): boolean {
    const parts = cell === undefined ? this.parts : [this.parts[cell]!];
    return parts.some(({ names }) => names.vars.some((list) => list.names.includes(name)));
  }

  /** Whether some cell declares a namespace of a name. */
  isNamespace(name: string): boolean {
    return this.parts.some(({ names }) => names.namespaces.some((one) => one.name === name));
  }

  /** The cells that declare a name for all cells, in order. */
  declaring(name: string): number[] {
    return this.parts.flatMap(({ names }, cell) => (names.declared.has(name) ? [cell] : []));
  }
}

interface ParsedCell {
  names: CellNames;
  /** What is to stand before and after the cell, so that what is half typed in it stays in it. */
  before: string;
  after: string;
  /** The text in the module; blank where nothing keeps the cell from reaching into others. */
  text: string;
  parameters: readonly string[];
  errors: readonly CellSyntaxError[];
  /** What in it is TypeScript and yet is refused. */
  refused: readonly CellSyntaxError[];
}

/** Makes modules of cells; remembers parsed cells by their text, so that an edit costs what was edited. */
export class ModuleMaker {
  private parsed = new Map<string, ParsedCell>();
  /** Texts of cells that TypeScript cannot follow, and what is told of them. */
  private readonly leftOut = new Map<string, string>();

  constructor(private readonly ts: typeof TypeScript) {}

  /** @param globals names that are there before the first cell: a cell that declares one, where it has been used, declares it again */
  make(cells: readonly Cell[], globals: ReadonlySet<string> = new Set()): NotebookModule {
    const markups = cells.map(({ source }) => this.isMarkup(source));
    const markup = markups.includes(true);
    const parsed = new Map<string, ParsedCell>();
    const all = cells.map((cell, index) => {
      const key = `${markup ? 'm' : ''}${cell.parameters ? 'p' : 'c'}${cell.source}`;
      const known = this.parsed.get(key) ?? parsed.get(key) ?? this.parse(cell, markups[index]!, markup);
      parsed.set(key, known);
      return known;
    });
    this.parsed = parsed;

    // A block's own imports are not looked up unless the module's top names them too.
    const specifiers = [...new Set(all.flatMap(({ names }) => names.modules))];
    const pieces = [`${specifiers.map((specifier) => `import ${JSON.stringify(specifier)};`).join('')}\n`];
    let length = pieces[0]!.length;
    const add = (text: string) => {
      pieces.push(text);
      length += text.length;
    };
    const parts: Part[] = [];
    const exported: string[] = [];
    const inner = new Set<string>();
    const augmentations: string[] = [];
    let visible = new Set<string>();
    /** What each name was when it was declared last: an import, or something else. */
    const known = new Map<string, string>();
    const evolving = new Set<string>();
    const inside = new Set(all.flatMap(({ names }) => names.assignedInside));
    let depth = 0;
    for (const cell of all) {
      const { fresh, replaced } = sortImports(cell.names, known);
      const again = declaredAgain(cell, known);
      const { names, parameters, errors, refused, before, after, text } = again.cell;
      if ([...names.declared].some((name) => visible.has(name) && !fresh.has(name))) {
        // A statement that is half typed ends here, or the block would be its own.
        add(';{');
        depth += 1;
        visible = new Set();
      }
      add(`;${replaced.map(asDeclaration).join('')}${again.declared}${before}\n`);
      parts.push({ start: length, end: length + text.length, depth, names, errors, refused });
      // A block has no place for what is said of all globals.
      const lifted = depth > 0 ? names.augmentations : [];
      augmentations.push(...lifted.map((place) => text.slice(place.start, place.end)));
      add(withBlanks(text, [...replaced, ...lifted]));
      add(`\n${after}`);
      for (const name of names.declared) {
        visible.add(name);
        known.set(name, fresh.get(name) ?? 'other');
        evolving.delete(name);
      }
      for (const name of names.mentioned) {
        if (!globals.has(name)) continue;
        visible.add(name);
        if (!known.has(name)) known.set(name, PRELOADED[name] ?? 'global');
      }
      for (const name of names.evolving) evolving.add(name);
      add(withoutNarrowing(names, evolving, inside, parameters));
      if (depth === 0 && parameters.length > 0) {
        add(`;export { ${parameters.map((name) => `${name} as ${PARAMETER}${name}`).join(', ')} }`);
        exported.push(...parameters);
      } else for (const name of parameters) inner.add(name);
    }
    add(`${'}'.repeat(depth)}\n${augmentations.join('\n')}`);
    const outer = exported.filter((name) => !inner.has(name));
    return new NotebookModule(pieces.join(''), parts, outer, [...inner], pieces[0]!, markup);
  }

  /** Leaves out, from the next module on, the cell that is nested deepest: TypeScript cannot follow it. False when no cell is left. */
  leaveOutDeepest(cells: readonly Cell[]): boolean {
    const kept = cells.map(({ source }) => source).filter((source) => !this.leftOut.has(source));
    const [first, ...others] = kept.map((source) => ({ source, depth: deepestNesting(source).depth }));
    if (!first) return false;
    this.leaveOut(others.reduce((deepest, one) => (one.depth > deepest.depth ? one : deepest), first).source, TOO_DEEP);
    return true;
  }

  /** Leaves out, from the next module on, what has this text, and says why at its beginning. */
  leaveOut(source: string, reason: string): void {
    this.leftOut.set(source, reason);
    this.parsed.clear();
  }

  takeIn(source: string): void {
    this.leftOut.delete(source);
    this.parsed.clear();
  }

  private isMarkup(source: string): boolean {
    try {
      return isMarkup(this.ts, source);
    } catch (failure) {
      if (!(failure instanceof RangeError)) throw failure;
      return false; // nor can it be parsed, which is told of this cell alone
    }
  }

  private parse(cell: Cell, own: boolean, markup: boolean): ParsedCell {
    // `#!` as a comment of the same length, as the kernel reads it.
    const text = cell.source.startsWith('#!') ? `//${cell.source.slice(2)}` : cell.source;
    const reason = this.leftOut.get(cell.source);
    const start = reason === undefined || reason === TOO_DEEP ? deepestNesting(text).at : 0;
    const error = { start, length: 1, code: 0, message: reason ?? TOO_DEEP };
    try {
      if (reason !== undefined) return leftOut(text, [error], namesOf(this.ts, parseCell(this.ts, text)));
      return this.parseText(text, cell.parameters, own, markup);
    } catch (failure) {
      if (!(failure instanceof RangeError)) throw failure;
      return leftOut(text, [error]);
    }
  }

  /** @param own whether the cell holds markup; @param markup whether any does, so that all are read so */
  private parseText(text: string, parameters: boolean, own: boolean, markup: boolean): ParsedCell {
    const { ts } = this;
    // A cell that is one object is a value, as the kernel reads it.
    const object = objectInParentheses(ts, text);
    const file = parseCell(ts, object ?? text, own);
    const deep = tooDeepAt(ts, file);
    if (deep !== undefined)
      return leftOut(text, [{ start: object ? deep - 1 : deep, length: 1, code: 0, message: TOO_DEEP }]);
    if (object !== undefined) {
      const inner = object.slice('('.length, -'\n)'.length);
      return { names: NO_NAMES, before: '(', after: ')', errors: [], refused: [], text: inner, parameters: [] };
    }
    const errors = syntaxErrors(file).map(({ start, length, code, messageText }) => ({
      start,
      length,
      code,
      message: ts.flattenDiagnosticMessageText(messageText, '\n'),
    }));
    const closers = closersOf(ts, file, markup);
    // `<T>value` is no type assertion where there is markup.
    const isMisread = markup && !own && errors.length === 0 && syntaxErrors(parseCell(ts, text, true)).length > 0;
    if (!closers || isMisread) return leftOut(text, errors, namesOf(ts, file));
    return {
      names: namesOf(ts, file),
      ...closers,
      errors,
      refused: refusals(ts, file),
      text: parameters ? withoutConsts(ts, file) : text,
      parameters: parameters ? parameterNames(ts, text) : [],
    };
  }
}

/** A cell that nothing keeps from reaching into the others is blank in the module; of what it declares only the names are known. */
function leftOut(text: string, errors: readonly CellSyntaxError[], names?: CellNames): ParsedCell {
  const declared = names?.declared ?? new Set<string>();
  const before = [...declared].map(asAnything).join('');
  const blank = text.replace(/[^\r\n]/g, ' ');
  return {
    names: { ...NO_NAMES, declared },
    before,
    after: '',
    errors,
    refused: [],
    text: blank,
    parameters: [],
  };
}

const asAnything = (name: string) => `let ${name}: any;type ${name} = any;`;

/** The globals that an import, written out, would declare as the same. */
const PRELOADED: { readonly [name: string]: string } = { tf: '* of @tensorflow/tfjs', din: '* of dinnb/din' };

/**
 * Behind a cell: a name is again what it was declared as, as inside functions. Other cells may have run before the next, and a parameter may
 * have another value: after `let best: number | null = null` it is not always null. An assignment would make of it, for closures, a variable
 * that changes; one to `(0, name)`, which TypeScript takes for none, only ends what it knows of the value.
 */
function withoutNarrowing(
  { narrowed, evolving: started, assigned }: CellNames,
  evolving: ReadonlySet<string>,
  inside: ReadonlySet<string>,
  parameters: readonly string[],
): string {
  const isEvolving = (path: string) => evolving.has(path.split('.')[0]!);
  const other = assigned.filter((path) => !isEvolving(path) || inside.has(path));
  return [...new Set([...parameters, ...narrowed, ...started.filter((name) => inside.has(name)), ...other])]
    .map((path) => {
      // Its type is what it was assigned last, and functions may have assigned anything.
      if (isEvolving(path)) return `;(0,${path})=null!as any`;
      const type = 'ReturnType<typeof __dinnb_declared>';
      const value = parameters.includes(path) ? type : `${AGAIN}<typeof ${path},${type}>`;
      return `;{function __dinnb_declared(){return ${path}}(0,${path})=null!as ${value}}`;
    })
    .join('');
}

/**
 * What has no place in a block, where a name is declared again: a `var` of a nested statement, or one of several, and a namespace would be
 * the whole module's. They become assignments, or blank, to variables that may be anything.
 */
function declaredAgain(cell: ParsedCell, known: ReadonlyMap<string, string>): { cell: ParsedCell; declared: string } {
  const { vars, namespaces } = cell.names;
  const again = new Set<string>();
  const lists = new Set<CellVars>();
  // A list takes its other names along, and these the lists that have them too.
  for (let found = true; found; ) {
    found = false;
    for (const list of vars) {
      if (lists.has(list) || !list.names.some((name) => known.has(name) || again.has(name))) continue;
      lists.add(list);
      found = true;
      if (list.form !== 'let') for (const name of list.names) again.add(name);
    }
  }
  if ([...lists].some(({ form }) => form === 'fixed'))
    return { cell: leftOut(cell.text, cell.errors, cell.names), declared: '' };
  const blank = namespaces.filter(({ name }) => known.has(name));
  for (const { name } of blank) again.add(name);
  let { text } = cell;
  for (const { at, form } of lists) text = `${text.slice(0, at)}${form === 'let' ? 'let' : '   '}${text.slice(at + 3)}`;
  text = withBlanks(
    text,
    blank.flatMap(({ spans }) => spans),
  );
  return { cell: { ...cell, text }, declared: [...again].map(asAnything).join('') };
}

/**
 * An import declares its names for the whole module, blocks or not. Those of new names, or of names that are the same import already, may
 * stand (`fresh`); others are replaced by declarations, which a block may hold.
 */
function sortImports(
  { imports }: CellNames,
  known: ReadonlyMap<string, string>,
): { fresh: ReadonlyMap<string, string>; replaced: readonly CellImport[] } {
  const fresh = new Map<string, string>();
  const replaced: CellImport[] = [];
  for (const one of imports) {
    const bindings = one.bindings.map(({ name, imported }) => ({ name, is: `${imported} of ${one.module}` }));
    if (bindings.some(({ name, is }) => (known.get(name) ?? is) !== is)) replaced.push(one);
    else for (const { name, is } of bindings) fresh.set(name, is);
  }
  return { fresh, replaced };
}

/** The import as declarations of a value and, where there is one, a type of each name. */
function asDeclaration({ module, bindings }: CellImport): string {
  const from = JSON.stringify(module);
  return bindings
    .map(({ name, imported }) => {
      if (imported === '=') return `const ${name} = null! as typeof import(${from});`;
      if (imported === '*') return `const ${name} = await import(${from});`;
      return `const { ${imported}: ${name} } = await import(${from});type ${name} = import(${from}).${imported};`;
    })
    .join('');
}

function withBlanks(text: string, spans: readonly { start: number; end: number }[]): string {
  let result = text;
  for (const { start, end } of spans)
    result = result.slice(0, start) + text.slice(start, end).replace(/[^\r\n]/g, ' ') + result.slice(end);
  return result;
}

/** Before the names of the parameters that a module exports. */
export const PARAMETER = '__dinnb_parameter_';

/** Parameters may be given another value at a run: `const rate = 0.1` is a number, not always 0.1. */
function withoutConsts(ts: typeof TypeScript, file: TypeScript.SourceFile): string {
  let result = file.text;
  for (const statement of file.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    const at = statement.declarationList.getStart(file);
    if (result.startsWith('const ', at)) result = `${result.slice(0, at)}let   ${result.slice(at + 6)}`;
  }
  return result;
}
