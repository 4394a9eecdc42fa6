import { typescript } from '../base/typescript';
import { findImports } from '../language/imports';
import type { Readings } from '../language/messages';
import { parameterShapes } from '../protocol/parameters';

/** What a compiler tells of sources. */
export type SourceReader = {
  [R in keyof Readings]: (params: Readings[R]['params']) => Promise<Readings[R]['answer']>;
};

/** Reads in this process, which loads the compiler for it and stands still for a quarter of a second: where no other process does. */
export const ownReader: SourceReader = {
  imports: async ({ sources, folder }) => findImports(typescript, sources, folder),
  parameters: async ({ source }) => parameterShapes(typescript(), source),
};
