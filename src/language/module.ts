import type * as TypeScript from 'typescript';
import { asDeclaration, declaredAgain, PRELOADED, sortImports, withoutNarrowing } from './again';
import { earlierName, type ReadsOf } from './earlier';
import { deepestNesting, TOO_DEEP } from './half-typed';
import type { CellNames } from './names';
import { type Cell, holdsMarkup, type ParsedCell, parsedCell, withBlanks } from './parsed-cell';
import type { CellSyntaxError } from './refusals';

export interface CellPlace {
  cell: number;
  offset: number;
}

interface Earlier {
  name: string;
  /** What stands for the name. */
  word: string;
  cell: number;
  /** Where `word=name` stands. */
  at: number;
}

interface Part {
  start: number;
  end: number;
  depth: number;
  names: CellNames;
  errors: readonly CellSyntaxError[];
  refused: readonly CellSyntaxError[];
  /** What it reads when it runs, of names that it does not declare and that are no globals. */
  reads: readonly ReadsOf[];
}

/**
 * The cells of a notebook as one module. Each cell's text stands in it as it is, letter for letter (but `var` and `const` may have become
 * a `let` of the same length, or blank, and a name another word of its length where it is meant as it was before), so that positions differ by a constant per cell. A block opens before a cell that declares a visible name
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
    /** The modules and files of declarations that the cells name, as one text. */
    readonly modules: string,
    /** Whether a cell holds markup (JSX). */
    readonly markup: boolean,
    /** Names as they are before a cell declares them again, and where between the cells the words that stand for them are declared. */
    private readonly earlier: readonly Earlier[],
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

  /** Whether two places of a cell stand on one line. */
  isOneLine(cell: number, one: number, other: number): boolean {
    const { start } = this.parts[cell]!;
    return !this.text.slice(start + Math.min(one, other), start + Math.max(one, other)).includes('\n');
  }

  /** Where a cell is TypeScript that no kernel takes. */
  refusedIn(cell: number): readonly CellSyntaxError[] {
    return this.parts[cell]!.refused;
  }

  /** Whether a position lies in an import or export without a name of its own: what is wrong with those of the cell itself, `refusals` tell. */
  isImportOrExport(cell: number, offset: number): boolean {
    const { imports, exports } = this.parts[cell]!.names;
    return [...imports, ...exports].some(({ start, end }) => offset >= start && offset < end);
  }

  /** Whether a cell, or any, declares a name with `var`. */
  isVar(name: string, cell?: number): boolean {
    const parts = cell === undefined ? this.parts : [this.parts[cell]!];
    return parts.some(({ names }) => names.vars.some((list) => list.names.includes(name)));
  }

  /** Whether a word stands for a name as it was before its cell. */
  isMadeUp(word: string): boolean {
    return this.earlier.some((one) => one.word === word);
  }

  /** What TypeScript says, with names as the cells have them. */
  asWritten(text: string): string {
    return this.earlier.reduce((all, { name, word }) => all.replaceAll(word, name), text);
  }

  /** Between the cells, where a name stands whose earlier self has a word of its own, the place of that word, and the other way round. */
  besideEarlier(position: number): number | undefined {
    for (const { at, word } of this.earlier) {
      const name = at + word.length + '='.length;
      if (position === at) return name;
      if (position === name) return at;
    }
    return undefined;
  }

  /** Whether some cell declares a namespace of a name. */
  isNamespace(name: string): boolean {
    return this.parts.some(({ names }) => names.namespaces.some((one) => one.name === name));
  }

  /** Where a cell reads at once what only later cells declare. */
  readTooEarly(cell: number): { name: string; at: number }[] {
    return this.parts[cell]!.reads.flatMap(({ name, at }) => {
      const [first] = this.declaring(name);
      return first !== undefined && first > cell ? at.map((place) => ({ name, at: place })) : [];
    });
  }

  /** The cells that declare a name for all cells, in order. */
  declaring(name: string): number[] {
    return this.parts.flatMap(({ names }, cell) => (names.declared.has(name) ? [cell] : []));
  }

  /** The same cells, those together whose name is one variable: a `var`, or a value made of the earlier, goes on with what a cell above declared. */
  sharing(name: string): number[][] {
    const groups: number[][] = [];
    const isMadeOfEarlier = (cell: number) => this.earlier.some((one) => one.name === name && one.cell === cell);
    for (const cell of this.declaring(name)) {
      if (groups.length > 0 && (this.isVar(name, cell) || isMadeOfEarlier(cell))) groups.at(-1)!.push(cell);
      else groups.push([cell]);
    }
    return groups;
  }
}

/** Before the names of the parameters that a module exports. */
export const PARAMETER = '__dinnb_parameter_';

/** Makes modules of cells; remembers parsed cells by their text, so that an edit costs what was edited. */
export class ModuleMaker {
  private parsed = new Map<string, ParsedCell>();
  /** Texts of cells that TypeScript cannot follow, and what is told of them. */
  private readonly leftOut = new Map<string, string>();

  constructor(private readonly ts: typeof TypeScript) {}

  /** @param globals names that are there before the first cell: a cell that declares one, where it has been used, declares it again */
  make(cells: readonly Cell[], globals: ReadonlySet<string> = new Set()): NotebookModule {
    const markups = cells.map(({ source }) => holdsMarkup(this.ts, source));
    const markup = markups.includes(true);
    const parsed = new Map<string, ParsedCell>();
    const all = cells.map((cell, index) => {
      const key = `${markup ? 'm' : ''}${cell.parameters ? 'p' : 'c'}${cell.source}`;
      const known =
        this.parsed.get(key) ??
        parsed.get(key) ??
        parsedCell(this.ts, cell, { own: markups[index]!, markup }, this.leftOut.get(cell.source));
      parsed.set(key, known);
      return known;
    });
    this.parsed = parsed;

    // A block's own imports are not looked up unless the module's top names them too.
    const specifiers = [...new Set(all.flatMap(({ names }) => names.modules))];
    // Both where TypeScript looks for them.
    const references = [...new Set(all.flatMap(({ names }) => names.references))];
    const pragmas = [...new Set(all.flatMap((cell) => cell.pragmas))].map((pragma) => `/** ${pragma} */`);
    const imports = specifiers.map((specifier) => `import ${JSON.stringify(specifier)};`);
    const modules = [
      ...references.map((file) => `/// <reference path=${JSON.stringify(file)} />\n`),
      `${[...pragmas, ...imports].join('')}\n`,
    ].join('');
    const pieces = [modules];
    let length = modules.length;
    const add = (text: string) => {
      pieces.push(text);
      length += text.length;
    };
    const parts: Part[] = [];
    const exported: string[] = [];
    const inner = new Set<string>();
    const earlier: Earlier[] = [];
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
      const { names, parameters, errors, refused, before, after } = again.cell;
      const early = again.cell.reads.early.flatMap(({ name, at }) => {
        const word = earlierName(name);
        return word !== undefined && parts.some((part) => part.names.declared.has(name)) ? [{ name, word, at }] : [];
      });
      let { text } = again.cell;
      if (early.length > 0) {
        // A block of their own: the cell above may have read the name so as well.
        add(';{');
        depth += 1;
      }
      for (const { name, word, at: places } of early) {
        earlier.push({ name, word, cell: parts.length, at: length + ';let '.length });
        add(`;let ${word}=${name};`);
        for (const at of places) text = text.slice(0, at) + word + text.slice(at + word.length);
      }
      if ([...names.declared].some((name) => visible.has(name) && !fresh.has(name))) {
        // A statement that is half typed ends here, or the block would be its own.
        add(';{');
        depth += 1;
        visible = new Set();
      }
      add(`;${replaced.map(asDeclaration).join('')}${again.declared}${before}\n`);
      const reads = again.cell.reads.others.filter(({ name }) => !globals.has(name));
      parts.push({ start: length, end: length + text.length, depth, names, errors, refused, reads });
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
        if (known.has(name)) visible.add(name);
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
    return new NotebookModule(pieces.join(''), parts, outer, [...inner], modules, markup, earlier);
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
}
