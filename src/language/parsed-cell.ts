import type * as TypeScript from 'typescript';
import { objectInParentheses } from '../protocol/cell-value';
import { parameterNames } from '../protocol/parameters';
import { type ReadsAtOnce, readsAtOnce } from './earlier';
import { closersOf, deepestNesting, isMarkup, parseCell, syntaxErrors, TOO_DEEP, tooDeepAt } from './half-typed';
import { type CellNames, NO_NAMES, namesOf } from './names';
import { type CellSyntaxError, refusals } from './refusals';

/** A code cell, as the editor has it now. */
export interface Cell {
  /** Whatever names the cell for the caller. */
  id: string;
  source: string;
  /** Whether its declarations are the notebook's parameters. */
  parameters: boolean;
}

/** What a module takes of a cell. */
export interface ParsedCell {
  names: CellNames;
  /** What is to stand before and after the cell, so that what is half typed in it stays in it. */
  before: string;
  after: string;
  /** The text in the module; blank where nothing keeps the cell from reaching into others. */
  text: string;
  parameters: readonly string[];
  /** What it reads when it runs. */
  reads: ReadsAtOnce;
  /** What its first comment says of its markup: `@jsx h`. */
  pragmas: readonly string[];
  errors: readonly CellSyntaxError[];
  /** What in it is TypeScript and yet is refused. */
  refused: readonly CellSyntaxError[];
}

const NO_READS = { reads: { early: [], others: [] }, pragmas: [] };

interface Reading {
  /** Whether the cell holds markup. */
  own: boolean;
  /** Whether any cell does, so that all are read so. */
  markup: boolean;
}

/** Whether a cell holds markup (JSX). */
export function holdsMarkup(ts: typeof TypeScript, source: string): boolean {
  try {
    return isMarkup(ts, source);
  } catch (failure) {
    if (!(failure instanceof RangeError)) throw failure;
    return false; // nor can it be parsed, which is told of this cell alone
  }
}

/**
 * A cell, parsed; left out where TypeScript cannot follow it, or for a reason that is known already.
 * @param reason why it is to be left out
 */
export function parsedCell(ts: typeof TypeScript, cell: Cell, reading: Reading, reason?: string): ParsedCell {
  // `#!` as a comment of the same length, as the kernel reads it.
  const text = cell.source.startsWith('#!') ? `//${cell.source.slice(2)}` : cell.source;
  const start = reason === undefined || reason === TOO_DEEP ? deepestNesting(text).at : 0;
  const error = { start, length: 1, code: 0, message: reason ?? TOO_DEEP };
  try {
    if (reason !== undefined) return leftOut(text, [error], namesOf(ts, parseCell(ts, text)));
    return parseText(ts, text, cell.parameters, reading);
  } catch (failure) {
    if (!(failure instanceof RangeError)) throw failure;
    return leftOut(text, [error]);
  }
}

function parseText(ts: typeof TypeScript, text: string, parameters: boolean, { own, markup }: Reading): ParsedCell {
  // A cell that is one object is a value, as the kernel reads it.
  const object = objectInParentheses(ts, text);
  const file = parseCell(ts, object ?? text, own);
  const deep = tooDeepAt(ts, file);
  if (deep !== undefined)
    return leftOut(text, [{ start: object ? deep - 1 : deep, length: 1, code: 0, message: TOO_DEEP }]);
  if (object !== undefined) {
    const inner = object.slice('('.length, -'\n)'.length);
    return {
      names: NO_NAMES,
      before: '(',
      after: ')',
      errors: [],
      refused: [],
      text: inner,
      parameters: [],
      ...NO_READS,
    };
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
  const names = namesOf(ts, file);
  return {
    names,
    ...closers,
    errors,
    refused: refusals(ts, file),
    text: parameters ? withoutConsts(ts, file) : text,
    parameters: parameters ? parameterNames(ts, text) : [],
    reads: readsAtOnce(ts, file, names.declared),
    pragmas: own ? pragmasOf(file) : [],
  };
}

function pragmasOf(file: TypeScript.SourceFile): string[] {
  const before = file.text.slice(0, file.statements[0]?.getStart(file) ?? 0);
  return before.match(/@jsx(?:Frag|ImportSource|Runtime)?\s+[^\s*]+/g) ?? [];
}

/** A cell that nothing keeps from reaching into the others is blank in the module; of what it declares only the names are known. */
export function leftOut(text: string, errors: readonly CellSyntaxError[], names?: CellNames): ParsedCell {
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
    ...NO_READS,
  };
}

/** A name that may be anything, as a value and as a type. */
export const asAnything = (name: string) => `let ${name}: any;type ${name} = any;`;

/** A text whose spans are blank. */
export function withBlanks(text: string, spans: readonly { start: number; end: number }[]): string {
  let result = text;
  for (const { start, end } of spans)
    result = result.slice(0, start) + text.slice(start, end).replace(/[^\r\n]/g, ' ') + result.slice(end);
  return result;
}

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
