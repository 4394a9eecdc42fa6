import type { ParameterShape } from '../outputs/parameters';
import type { Problem } from './diagnostics';
import type { Imports } from './imports';

/** What the editor and the language server tell each other. Offsets are UTF-16 code units in a cell's text. */
export const METHOD = { sync: 'sync', close: 'close', refresh: 'refresh', ask: 'ask', read: 'read' } as const;

export interface CellText {
  /** URI of the cell's document. */
  id: string;
  source: string;
  /** Whether its declarations are the notebook's parameters. */
  parameters: boolean;
}

/** The code cells of a notebook, in order; only texts that changed come along. */
export interface SyncParams {
  notebook: string;
  /** Where imports are resolved from. */
  path: string;
  order: string[];
  /** How many of them, the first, are cells of other notebooks whose names the kernel knows too. */
  beside?: number;
  changed: CellText[];
}

export interface AskParams<Q extends Question = Question> {
  notebook: string;
  question: Q;
  params: Questions[Q]['params'];
}

export interface Place {
  cell: string;
  offset: number;
}

export interface Span {
  start: number;
  end: number;
}

export interface CellSpan extends Span {
  cell: string;
}

/** 0-based lines and characters of a file. */
export interface FileSpan {
  file: string;
  start: { line: number; character: number };
  end: { line: number; character: number };
}

export type Location = CellSpan | FileSpan;

export interface Edit extends CellSpan {
  text: string;
}

export interface Completion {
  name: string;
  kind: string;
  sortText: string;
  insertText?: string;
  filterText?: string;
  /** What it replaces, if not the word at the place. */
  span?: Span;
  /** The module that an import would be added from. */
  source?: string;
  /** Of the entry, for its details. */
  data?: unknown;
  deprecated?: boolean;
  /** Shown dimmed behind the name. */
  description?: string;
}

export interface Documented {
  /** TypeScript. */
  signature: string;
  /** Markdown. */
  documentation: string;
}

export interface CompletionDetails extends Documented {
  /** Imports that come with it, in the same cell. */
  edits: Edit[];
}

export interface Signature extends Documented {
  parameters: { start: number; end: number; documentation: string }[];
}

export interface Fix {
  title: string;
  edits: Edit[];
  preferred: boolean;
}

export interface Outline extends Span {
  name: string;
  kind: string;
  nameSpan: Span;
  children: Outline[];
}

export interface InlayHint {
  offset: number;
  text: string;
  kind: 'type' | 'parameter';
}

/** Names of arguments that are literals, or types of variables and functions as well. */
export type HintChoice = 'arguments' | 'all';

export interface Format {
  tabSize: number;
  insertSpaces: boolean;
}

/** What can be asked of a notebook, and what comes back. */
export interface Questions {
  problems: {
    params: Record<string, never>;
    answer: { cells: { cell: string; problems: Problem[] }[]; configuration: readonly string[] };
  };
  completions: { params: Place; answer: { memberOf: boolean; items: Completion[] } | null };
  completionDetails: {
    params: Place & { name: string; source?: string; data?: unknown };
    answer: CompletionDetails | null;
  };
  hover: { params: Place; answer: (Documented & { span: Span }) | null };
  signatures: { params: Place; answer: { signatures: Signature[]; active: number; parameter: number } | null };
  definition: { params: Place; answer: Location[] };
  typeDefinition: { params: Place; answer: Location[] };
  references: { params: Place; answer: Location[] };
  highlights: { params: Place; answer: (Span & { write: boolean })[] };
  /** What a rename at the place would rename, or why it cannot. */
  renameable: { params: Place; answer: { span: Span; name: string } | { refusal: string } };
  /** The edits of a rename, or why the name cannot be the new one. */
  rename: { params: Place & { name: string }; answer: Edit[] | { refusal: string } };
  fixes: { params: CellSpan & { codes: number[] }; answer: Fix[] };
  tokens: { params: { cell: string }; answer: number[] };
  inlayHints: { params: CellSpan & { which: HintChoice }; answer: InlayHint[] };
  format: { params: CellSpan & { options: Format }; answer: Edit[] };
  folding: { params: { cell: string }; answer: (Span & { kind: string })[] };
  outline: { params: { cell: string }; answer: Outline[] };
}

export type Question = keyof Questions;

/** What can be asked of sources alone, whatever notebook they are of: the editor's own process does without the compiler. */
export interface Readings {
  imports: { params: { sources: readonly string[]; folder: string }; answer: Imports };
  parameters: { params: { source: string }; answer: ParameterShape[] };
}

export interface ReadParams<R extends keyof Readings = keyof Readings> {
  reading: R;
  params: Readings[R]['params'];
}
