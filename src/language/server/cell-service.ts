import type * as TypeScript from 'typescript';
import { isMarkup, kindOf } from '../half-typed';

/** A language service that knows one cell at a time, and of it the grammar only. */
export class CellService {
  readonly file = '/cell.ts';
  private text = '';
  private version = 0;
  private readonly service: TypeScript.LanguageService;

  constructor(readonly ts: typeof TypeScript) {
    const host: TypeScript.LanguageServiceHost = {
      getCompilationSettings: () => ({ target: ts.ScriptTarget.ESNext, noLib: true, noResolve: true }),
      getScriptFileNames: () => [this.file],
      getScriptVersion: () => String(this.version),
      getScriptKind: () => kindOf(ts, isMarkup(ts, this.text)),
      getScriptSnapshot: (file) => (file === this.file ? ts.ScriptSnapshot.fromString(this.text) : undefined),
      getCurrentDirectory: () => '/',
      getDefaultLibFileName: () => '/lib.d.ts',
      fileExists: (file) => file === this.file,
      readFile: (file) => (file === this.file ? this.text : undefined),
    };
    this.service = ts.createLanguageService(host, ts.createDocumentRegistry(), ts.LanguageServiceMode.Syntactic);
  }

  of(text: string): TypeScript.LanguageService {
    if (text !== this.text) {
      this.text = text;
      this.version += 1;
    }
    return this.service;
  }
}
