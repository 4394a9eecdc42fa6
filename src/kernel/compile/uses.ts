import ts from 'typescript';
import { parseCell } from '../../language/half-typed';
import { type CellUses, usesOf } from '../../language/uses';

/** What a cell does with the variables of the notebook; null for a source that the compiler cannot follow. */
export function usesOfSource(source: string): CellUses | null {
  try {
    return usesOf(ts, parseCell(ts, source));
  } catch (error) {
    // TypeScript itself throws at some sources that are no TypeScript, and at nesting that its recursion cannot follow.
    if (error instanceof Error) return null;
    throw error;
  }
}
