import type * as vscode from 'vscode';
import type { VS } from '../vs';

/** Of TypeScript's semantic classifications, in its order. */
export const TOKEN_TYPES = [
  ...['class', 'enum', 'interface', 'namespace', 'typeParameter', 'type', 'parameter', 'variable', 'enumMember'],
  ...['property', 'function', 'method'],
];
export const TOKEN_MODIFIERS = ['declaration', 'static', 'async', 'readonly', 'defaultLibrary', 'local'];

/** TypeScript's `ScriptElementKind` as the editor's symbol beside a completion. */
export function completionKind({ CompletionItemKind }: VS, kind: string): vscode.CompletionItemKind {
  const kinds: { [kind: string]: vscode.CompletionItemKind } = {
    'primitive type': CompletionItemKind.Keyword,
    keyword: CompletionItemKind.Keyword,
    const: CompletionItemKind.Constant,
    let: CompletionItemKind.Variable,
    var: CompletionItemKind.Variable,
    'local var': CompletionItemKind.Variable,
    alias: CompletionItemKind.Variable,
    parameter: CompletionItemKind.Variable,
    property: CompletionItemKind.Field,
    getter: CompletionItemKind.Field,
    setter: CompletionItemKind.Field,
    accessor: CompletionItemKind.Field,
    function: CompletionItemKind.Function,
    'local function': CompletionItemKind.Function,
    method: CompletionItemKind.Method,
    construct: CompletionItemKind.Method,
    call: CompletionItemKind.Method,
    index: CompletionItemKind.Method,
    enum: CompletionItemKind.Enum,
    'enum member': CompletionItemKind.EnumMember,
    module: CompletionItemKind.Module,
    'external module name': CompletionItemKind.Module,
    class: CompletionItemKind.Class,
    'local class': CompletionItemKind.Class,
    type: CompletionItemKind.Interface,
    interface: CompletionItemKind.Interface,
    'type parameter': CompletionItemKind.TypeParameter,
    warning: CompletionItemKind.Text,
    script: CompletionItemKind.File,
    directory: CompletionItemKind.Folder,
    string: CompletionItemKind.Constant,
  };
  return kinds[kind] ?? CompletionItemKind.Property;
}

/** TypeScript's `ScriptElementKind` as the editor's symbol in an outline. */
export function symbolKind({ SymbolKind }: VS, kind: string): vscode.SymbolKind {
  const kinds: { [kind: string]: vscode.SymbolKind } = {
    module: SymbolKind.Module,
    class: SymbolKind.Class,
    enum: SymbolKind.Enum,
    'enum member': SymbolKind.EnumMember,
    interface: SymbolKind.Interface,
    type: SymbolKind.Interface,
    method: SymbolKind.Method,
    property: SymbolKind.Property,
    getter: SymbolKind.Property,
    setter: SymbolKind.Property,
    const: SymbolKind.Constant,
    constructor: SymbolKind.Constructor,
    function: SymbolKind.Function,
    'local function': SymbolKind.Function,
  };
  return kinds[kind] ?? SymbolKind.Variable;
}
