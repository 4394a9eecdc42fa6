import type * as vscode from 'vscode';

/**
 * The editor's API as a value. Modules take it as an argument instead of importing it, so that they can be tested with
 * a small fake; only `extension.ts` imports the real one.
 */
export type VS = typeof vscode;

/** The notebook type, and the prefix of everything that the extension contributes. */
export const NOTEBOOK_TYPE = 'dinnb';
/** The language id that the editor gives code cells. */
export const CODE_LANGUAGE = 'typescript';
