import ts from 'typescript';
import { listed } from '../base/words';
import { beginsCell } from '../notebook/convert/script-import';
import { type NotebookCell, type NotebookDocument, numberedCells } from '../notebook/document';
import { objectInParentheses, shownExpression } from '../protocol/cell-value';
import { isParameter, PARAMETERS_TAG } from '../protocol/parameters';

export interface ScriptExport {
  text: string;
  notes: string[];
}

/** What the first line of every script declares. */
const GIVEN = ['tf', 'din', 'display', 'params'];

/**
 * The notebook as one module that runs with `node` and the package: sources as they are, between lines `// %%`; the last
 * expression of a cell is shown. Where cells declare a name again, the later declarations become assignments. Cells that are no
 * TypeScript (Python, commands of a shell) stand there as comments.
 *
 * @param erase write JavaScript, without types
 */
export function notebookToScript(document: NotebookDocument, erase: boolean): ScriptExport {
  const notes: string[] = [];
  const code = document.cells.filter(({ kind }) => kind === 'code');
  const readable = code.filter(({ source }) => isTypeScript(source));
  const sources = new Map(readable.map((cell) => [cell, erasable(cell, erase)]));
  const counts = new Map(GIVEN.map((name) => [name, 1]));
  for (const source of sources.values())
    for (const name of parse(source).statements.flatMap(declared)) counts.set(name, (counts.get(name) ?? 0) + 1);
  const repeated = new Set([...counts].filter(([, count]) => count > 1).map(([name]) => name));
  const writer = new CellWriter(repeated);
  const numbers = new Map(numberedCells(document.cells).map(({ cell, number }) => [cell, number]));
  const parts = document.cells.map((cell, index) => {
    const lines = cell.source.split('\n').map((line) => (cell.kind === 'markdown' ? `// ${line}` : line));
    if (lines.some(beginsCell))
      notes.push(
        `the cell at place ${index + 1} holds a line "// %%", which begins another cell where the script is imported`,
      );
    if (cell.kind === 'markdown') return `// %% [markdown]\n${commented(cell.source).replace(/ +$/gm, '')}`;
    const tags = cell.tags.length > 0 ? ` tags=${inComment(cell.tags)}` : '';
    const source = sources.get(cell);
    // One blank more where `%%bash` would begin a cell.
    if (source === undefined) return `// %%${tags}\n${commented(cell.source).replace(/^\/\/ (?=%%)/gm, '//  ')}`;
    const files = importedFiles(source);
    if (files.some((file) => !/\.[cm]?[jt]s$/.test(file)))
      notes.push(`cell ${numbers.get(cell)} imports a file without its extension, which Node wants`);
    const typed = erase ? files.filter((file) => /\.[cm]?ts$/.test(file)) : [];
    if (typed.length > 0)
      notes.push(`cell ${numbers.get(cell)} imports ${listed(typed)}, which Node before 22.18 cannot load`);
    if (/(?<![\w$.])prompt\(/.test(source))
      notes.push(`cell ${numbers.get(cell)} calls prompt(), which Node does not have; readline asks there too`);
    return `// %%${tags}\n${writer.cell(source, cell.tags.includes(PARAMETERS_TAG))}`;
  });
  const strange = code.filter((cell) => !sources.has(cell)).map((cell) => numbers.get(cell)!);
  if (strange.length > 0)
    notes.push(
      strange.length === 1
        ? `cell ${strange[0]} is no TypeScript: it stands in the script as a comment, and does not run`
        : `cells ${listed(strange)} are no TypeScript: they stand in the script as comments, and do not run`,
    );
  if (code.some(({ outputs }) => outputs.length > 0))
    notes.push('a script holds no outputs: it makes them when it runs');
  const all = [...sources.values()].join('\n');
  const keyword = GIVEN.some((name) => repeated.has(name)) ? 'let' : 'const';
  const head = [
    `// Made by dinnb${document.title === undefined ? '' : ` of ${inComment(document.title)}`}. Needs the package dinnb; takes --param NAME=VALUE and --backend auto|native|wasm.`,
    `import { start as __start } from 'dinnb/script';`,
    ...(/\brequire\b/.test(all) ? [`import { createRequire as __createRequire } from 'node:module';`] : []),
    'const __script = await __start(import.meta.url);',
    `${keyword} { tf, din, display, params } = __script;`,
    ...(/\brequire\b/.test(all) ? ['const require = __createRequire(import.meta.url);'] : []),
    ...(/\b__filename\b/.test(all) ? ['const __filename = import.meta.filename;'] : []),
    ...(/\b__dirname\b/.test(all) ? ['const __dirname = import.meta.dirname;'] : []),
  ];
  return { text: `${head.join('\n')}\n\n${parts.join('\n\n')}\n`, notes };
}

/** As JSON on one line: two characters that JSON leaves alone end a comment. */
const inComment = (value: unknown): string =>
  JSON.stringify(value).replace(/[\u2028\u2029]/g, (end) => `\\u${end.charCodeAt(0).toString(16)}`);

/** Every line, also one that ends as JavaScript alone ends lines. */
const commented = (source: string): string => source.replace(/^/gm, '// ');

const parse = (source: string) =>
  ts.createSourceFile('cell.ts', source, ts.ScriptTarget.ES2022, true) as ts.SourceFile & {
    parseDiagnostics: readonly ts.Diagnostic[];
  };

const isTypeScript = (source: string): boolean =>
  parse(source).parseDiagnostics.length === 0 || objectInParentheses(ts, source) !== undefined;

/** Files of the workspace that the program loads, as they are named. */
function importedFiles(source: string): string[] {
  const names: string[] = [];
  const add = (name: ts.Node | undefined) => {
    if (name && ts.isStringLiteral(name) && /^\.{1,2}\//.test(name.text)) names.push(name.text);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && !node.importClause?.isTypeOnly) add(node.moduleSpecifier);
    else if (ts.isExportDeclaration(node) && !node.isTypeOnly) add(node.moduleSpecifier);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node.arguments[0]);
    ts.forEachChild(node, visit);
  };
  visit(parse(source));
  return names;
}

/** The source, without its types where Node could not skip them (enums, namespaces, ...) or none are wanted. */
function erasable(cell: NotebookCell, erase: boolean): string {
  let hard = false;
  const visit = (node: ts.Node): void => {
    hard ||=
      ts.isEnumDeclaration(node) ||
      ts.isModuleDeclaration(node) ||
      ts.isImportEqualsDeclaration(node) ||
      (ts.isExportAssignment(node) && node.isExportEquals === true) ||
      ts.isDecorator(node) ||
      ts.isTypeAssertionExpression(node) ||
      (ts.isParameter(node) && ts.isParameterPropertyDeclaration(node, node.parent));
    ts.forEachChild(node, visit);
  };
  const source = objectInParentheses(ts, cell.source) ?? cell.source;
  visit(parse(source));
  if (!hard && !erase) return source;
  const options = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true };
  return ts.transpileModule(source, { compilerOptions: options }).outputText.replace(/\n$/, '');
}

/** Names that a statement declares at run time. */
function declared(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return isAmbient(statement) ? [] : statement.declarationList.declarations.flatMap(({ name }) => bound(name));
  }
  if (ts.isFunctionDeclaration(statement)) return statement.name && statement.body ? [statement.name.text] : [];
  if (ts.isClassDeclaration(statement)) return statement.name && !isAmbient(statement) ? [statement.name.text] : [];
  return ts.isImportDeclaration(statement) ? imports(statement).map(({ local }) => local) : [];
}

function isAmbient(node: ts.HasModifiers): boolean {
  return ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword) ?? false;
}

function bound(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? bound(element.name) : []));
}

function imports({ importClause }: ts.ImportDeclaration): { local: string; imported: string }[] {
  if (!importClause || importClause.isTypeOnly) return [];
  const { name, namedBindings } = importClause;
  const named = namedBindings && ts.isNamedImports(namedBindings) ? namedBindings.elements : [];
  return [
    ...(name ? [{ local: name.text, imported: 'default' }] : []),
    ...(namedBindings && ts.isNamespaceImport(namedBindings)
      ? [{ local: namedBindings.name.text, imported: '*' }]
      : []),
    ...[...named]
      .filter(({ isTypeOnly }) => !isTypeOnly)
      .map((element) => ({ local: element.name.text, imported: (element.propertyName ?? element.name).text })),
  ];
}

/** Writes cells in their order, remembering what is declared already. */
class CellWriter {
  private readonly known = new Set(GIVEN);

  constructor(private readonly repeated: ReadonlySet<string>) {}

  cell(source: string, parameters: boolean): string {
    const file = parse(source);
    const shown = shownExpression(ts, file.statements)?.statement;
    let text = '';
    let end = 0;
    const functions: string[] = [];
    for (const statement of file.statements) {
      const start = statement.getStart(file);
      text += source.slice(end, start);
      end = statement.end;
      const written = this.statement(statement, file, statement === shown, parameters);
      if (ts.isFunctionDeclaration(statement) && this.isRepeated(statement)) functions.push(written);
      else text += written;
    }
    return [...functions, text + source.slice(end)].join('\n');
  }

  private isRepeated(statement: ts.Statement): boolean {
    return declared(statement).some((name) => this.repeated.has(name));
  }

  private statement(statement: ts.Statement, file: ts.SourceFile, shown: boolean, parameters: boolean): string {
    const whole = statement.getText(file);
    if (isUseStrict(statement)) return '';
    if (ts.isExpressionStatement(statement) || ts.isExportAssignment(statement)) {
      const text = statement.expression.getText(file);
      return shown ? `__script.show((${text}));` : ts.isExportAssignment(statement) ? `(${text});` : whole;
    }
    if (ts.isExportDeclaration(statement)) {
      return statement.moduleSpecifier && !statement.isTypeOnly
        ? `await import(${statement.moduleSpecifier.getText(file)});`
        : '';
    }
    const names = declared(statement);
    const fresh = names.filter((name) => !this.known.has(name));
    const repeats = names.some((name) => this.repeated.has(name));
    for (const name of names) this.known.add(name);
    const plain = withoutExport(statement, whole, file);
    if (ts.isVariableStatement(statement) && !isAmbient(statement)) {
      const { declarations } = statement.declarationList;
      const value = (declaration: ts.VariableDeclaration): string | undefined => {
        const text = declaration.initializer?.getText(file);
        if (!parameters || !isParameter(ts, declaration)) return text;
        return `__script.parameter(${JSON.stringify((declaration.name as ts.Identifier).text)}, ${text})`;
      };
      if (!repeats && !parameters) return plain;
      if (fresh.length === names.length) {
        const parts = declarations.map((each) => {
          const [name, type, text] = [each.name.getText(file), each.type?.getText(file), value(each)];
          return `${name}${type && !repeats ? `: ${type}` : ''}${text === undefined ? '' : ` = ${text}`}`;
        });
        const keyword = repeats ? 'let' : (/^\s*(?:const|let|var)\b/.exec(plain)?.[0].trim() ?? 'let');
        return `${keyword} ${parts.join(', ')};`;
      }
      const assigned = declarations.map((each) => `(${each.name.getText(file)} = ${value(each) ?? 'undefined'})`);
      return `${fresh.length > 0 ? `let ${fresh.join(', ')}; ` : ''};${assigned.join(', ')};`;
    }
    if (!repeats) return plain;
    if (ts.isImportDeclaration(statement)) {
      const from = `await import(${statement.moduleSpecifier.getText(file)})`;
      return imports(statement)
        .map(({ local, imported }) => {
          const value = imported === '*' ? from : `(${from})[${JSON.stringify(imported)}]`;
          return `${fresh.includes(local) ? 'let ' : ''}${local} = ${value};`;
        })
        .join(' ');
    }
    return `${fresh.length > 0 ? 'let ' : ''}${names[0]} = ${plain};`;
  }
}

/** A module is strict anyway, and within one this would be a value. */
function isUseStrict(statement: ts.Statement): boolean {
  return (
    ts.isExpressionStatement(statement) &&
    ts.isStringLiteral(statement.expression) &&
    statement.expression.text === 'use strict'
  );
}

function withoutExport(statement: ts.Statement, whole: string, file: ts.SourceFile): string {
  const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
  const exported = modifiers.filter(
    ({ kind }) => kind === ts.SyntaxKind.ExportKeyword || kind === ts.SyntaxKind.DefaultKeyword,
  );
  const last = exported.at(-1);
  const isNameless = (ts.isClassDeclaration(statement) || ts.isFunctionDeclaration(statement)) && !statement.name;
  if (last && isNameless) return `(${whole.slice(last.end - statement.getStart(file)).trimStart()});`;
  return last ? whole.slice(last.end - statement.getStart(file)).trimStart() : whole;
}
