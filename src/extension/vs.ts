import type * as vscode from 'vscode';

/**
 * The editor's API as a value. Modules take it as an argument instead of importing it, so that they can be tested with
 * a small fake; only `extension.ts` imports the real one.
 */
export type VS = typeof vscode;

/** The notebook type, and the prefix of everything that the extension contributes. */
export const NOTEBOOK_TYPE = 'dinnb';
/**
 * The language id that the editor gives code cells: one of our own, because the editor's TypeScript service takes every document that
 * says `typescript`, and makes one program of the cells of all open notebooks. Files say `typescript`.
 */
export const CODE_LANGUAGE = 'dinnb-typescript';

/** The kernel as the editor names it: the controller, and the extension that it comes from. */
export const KERNEL = { id: 'dinnb', extension: 'dinnb.dinnb' } as const;
