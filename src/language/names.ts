import type * as TypeScript from 'typescript';

/** What a cell means to the cells after it. */
export interface CellNames {
  /** Names that it declares for all cells, types too. */
  declared: ReadonlySet<string>;
  /** All names that stand in it, of members too. */
  mentioned: readonly string[];
  /** Its `var`s, which all cells share wherever in the cell they stand. */
  vars: readonly CellVars[];
  /** Namespaces, and what the cell declares of the same names. */
  namespaces: readonly { name: string; spans: readonly { start: number; end: number }[] }[];
  /** Its imports, and where they stand. */
  imports: readonly CellImport[];
  /** Where it exports something: of a cell nobody imports, and each may export the same. */
  exports: readonly { start: number; end: number }[];
  /** Its `declare global`. */
  augmentations: readonly { start: number; end: number }[];
  /** Modules that it imports or re-exports. */
  modules: readonly string[];
  /** Files of declarations that it names in comments at its top: `/// <reference path="./globals.d.ts" />`. */
  references: readonly string[];
  /** Variables whose value tells TypeScript more of them than what they are declared as: `let`, `var`, and what has its type written down. */
  narrowed: readonly string[];
  /** Variables that TypeScript gives a type by what is assigned to them: `let x`, `let list = []`. */
  evolving: readonly string[];
  /** What its own statements assign to: `best`, `state.best`. */
  assigned: readonly string[];
  /** What its functions assign to. */
  assignedInside: readonly string[];
}

/** A `var` with its names. */
export interface CellVars {
  /** Where the word stands. */
  at: number;
  names: readonly string[];
  /** What may stand for the word: `let`, where nothing else declares the names; nothing, where an assignment is left; else only itself. */
  form: 'let' | 'assignment' | 'fixed';
}

export interface CellImport {
  start: number;
  end: number;
  module: string;
  /** What each name is: `default`, `*`, `=` (what `require` gives) or the name that the module gives it. */
  bindings: readonly { name: string; imported: string }[];
}

/** What of a cell has no names. */
export const NO_NAMES: CellNames = {
  declared: new Set(),
  mentioned: [],
  vars: [],
  namespaces: [],
  imports: [],
  exports: [],
  augmentations: [],
  modules: [],
  references: [],
  narrowed: [],
  evolving: [],
  assigned: [],
  assignedInside: [],
};

/** Reads names off a parsed cell. */
export function namesOf(ts: typeof TypeScript, file: TypeScript.SourceFile): CellNames {
  const counts = new Map<string, number>();
  const modules: string[] = [];
  const imports: CellImport[] = [];
  const declarations: { name: string; start: number; end: number; isNamespace: boolean }[] = [];
  /** The cell's variables, but for `var`s of nested statements. */
  const own: TypeScript.VariableDeclaration[] = [];
  const declare = (name: string): void => {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  };
  for (const statement of file.statements) {
    if (ts.isVariableStatement(statement)) {
      own.push(...statement.declarationList.declarations);
      if (isVar(ts, statement.declarationList)) continue;
      for (const { name } of statement.declarationList.declarations)
        for (const { text } of boundNames(ts, name)) declare(text);
    } else if (ts.isImportDeclaration(statement) || ts.isImportEqualsDeclaration(statement)) {
      const found = importOf(ts, file, statement);
      if (found) {
        modules.push(found.module);
        imports.push(found);
        for (const { name } of found.bindings) declare(name);
      } else if (ts.isImportEqualsDeclaration(statement)) declare(statement.name.text);
    } else if (ts.isExportDeclaration(statement)) {
      if (statement.moduleSpecifier && ts.isStringLiteral(statement.moduleSpecifier))
        modules.push(statement.moduleSpecifier.text);
    } else if (isNamedDeclaration(ts, statement)) {
      const isNamespace = ts.isModuleDeclaration(statement);
      declarations.push({
        name: statement.name.text,
        start: statement.getStart(file),
        end: statement.end,
        isNamespace,
      });
      declare(statement.name.text);
    }
  }
  const others = new Set(counts.keys());
  const lists: TypeScript.VariableDeclarationList[] = [];
  for (const statement of file.statements) findVars(ts, statement, lists);
  for (const list of lists)
    for (const { name } of list.declarations) for (const { text } of boundNames(ts, name)) declare(text);
  const vars = lists.map((list): CellVars => {
    const names = list.declarations.flatMap(({ name }) => boundNames(ts, name)).map(({ text }) => text);
    const isTop = ts.isVariableStatement(list.parent) && ts.isSourceFile(list.parent.parent);
    const isAlone = isTop && names.every((name) => counts.get(name) === 1);
    const isAssignment = !names.some((name) => others.has(name)) && canBeAssignment(ts, list);
    return { at: list.getStart(file), names, form: isAlone ? 'let' : isAssignment ? 'assignment' : 'fixed' };
  });
  const namespaces = declarations
    .filter(({ isNamespace }) => isNamespace)
    .map(({ name }) => ({ name, spans: declarations.filter((other) => other.name === name) }));
  const placesOf = (isMeant: (statement: TypeScript.Statement) => boolean) =>
    file.statements.filter(isMeant).map((statement) => ({ start: statement.getStart(file), end: statement.end }));
  const evolving = own.filter((variable) => isEvolving(ts, variable));
  const narrowed = own.filter((variable) => isNarrowed(ts, variable) && !evolving.includes(variable));
  const namesOfAll = (some: typeof own) => [
    ...new Set(some.flatMap(({ name }) => boundNames(ts, name)).map(({ text }) => text)),
  ];
  return {
    declared: new Set(counts.keys()),
    mentioned: [...(file as TypeScript.SourceFile & { identifiers: ReadonlyMap<string, string> }).identifiers.keys()],
    vars,
    namespaces,
    imports,
    exports: placesOf(
      (statement) =>
        ts.isExportDeclaration(statement) || ts.isExportAssignment(statement) || isNamelessDefault(ts, statement),
    ),
    augmentations: placesOf(
      (statement) => ts.isModuleDeclaration(statement) && (statement.flags & ts.NodeFlags.GlobalAugmentation) !== 0,
    ),
    modules,
    references: file.referencedFiles.map(({ fileName }) => fileName),
    narrowed: namesOfAll(narrowed),
    evolving: namesOfAll(evolving),
    ...assignedBy(ts, file),
  };
}

/** `export default class {}` */
function isNamelessDefault(ts: typeof TypeScript, statement: TypeScript.Statement): boolean {
  return (ts.isClassDeclaration(statement) || ts.isFunctionDeclaration(statement)) && statement.name === undefined;
}

function isNarrowed(ts: typeof TypeScript, { type, parent }: TypeScript.VariableDeclaration): boolean {
  return type !== undefined || (parent.flags & ts.NodeFlags.Const) === 0;
}

function isEvolving(ts: typeof TypeScript, { name, type, initializer }: TypeScript.VariableDeclaration): boolean {
  if (type || !ts.isIdentifier(name)) return false;
  if (!initializer || initializer.kind === ts.SyntaxKind.NullKeyword) return true;
  if (ts.isIdentifier(initializer)) return initializer.text === 'undefined';
  return ts.isArrayLiteralExpression(initializer) && initializer.elements.length === 0;
}

/** What is assigned to, as it is written. Of a pattern every name counts: too many do no harm. */
function assignedBy(
  ts: typeof TypeScript,
  file: TypeScript.SourceFile,
): Pick<CellNames, 'assigned' | 'assignedInside'> {
  const found = { own: new Set<string>(), inside: new Set<string>() };
  const target = (node: TypeScript.Node, where: Set<string>): void => {
    const path = pathOf(ts, node);
    if (path !== undefined) where.add(path);
    else ts.forEachChild(node, (child) => target(child, where));
  };
  const visit = (node: TypeScript.Node, around: Set<string>): void => {
    const where =
      ts.isFunctionLike(node) || ts.isClassLike(node) || ts.isModuleDeclaration(node) ? found.inside : around;
    if (ts.isBinaryExpression(node) && isAssignment(ts, node.operatorToken.kind)) target(node.left, where);
    if ((ts.isForOfStatement(node) || ts.isForInStatement(node)) && !ts.isVariableDeclarationList(node.initializer))
      target(node.initializer, where);
    ts.forEachChild(node, (child) => visit(child, where));
  };
  visit(file, found.own);
  return { assigned: [...found.own], assignedInside: [...found.inside] };
}

/** `a.b.c`, where it is nothing else. */
function pathOf(ts: typeof TypeScript, node: TypeScript.Node): string | undefined {
  if (ts.isIdentifier(node)) return node.text;
  if (!ts.isPropertyAccessExpression(node) || node.questionDotToken || !ts.isIdentifier(node.name)) return undefined;
  const object = pathOf(ts, node.expression);
  return object === undefined ? undefined : `${object}.${node.name.text}`;
}

export function isAssignment(ts: typeof TypeScript, kind: TypeScript.SyntaxKind): boolean {
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

export function isVar(ts: typeof TypeScript, list: TypeScript.VariableDeclarationList): boolean {
  return (list.flags & ts.NodeFlags.BlockScoped) === 0;
}

/** The `var`s of a statement that are not a function's own. */
function findVars(ts: typeof TypeScript, node: TypeScript.Node, found: TypeScript.VariableDeclarationList[]): void {
  if (ts.isFunctionLike(node) || ts.isClassLike(node) || ts.isModuleDeclaration(node)) return;
  if (ts.isVariableStatement(node) && node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword)) return;
  if (ts.isVariableDeclarationList(node) && isVar(ts, node)) found.push(node);
  ts.forEachChild(node, (child) => findVars(ts, child, found));
}

/** Whether without its `var` the list is TypeScript all the same. */
function canBeAssignment(ts: typeof TypeScript, list: TypeScript.VariableDeclarationList): boolean {
  const isStatement = ts.isVariableStatement(list.parent);
  return list.declarations.every(
    ({ name, type, exclamationToken }, index) =>
      !type && !exclamationToken && !(isStatement && index === 0 && ts.isObjectBindingPattern(name)),
  );
}

function importOf(
  ts: typeof TypeScript,
  file: TypeScript.SourceFile,
  declaration: TypeScript.ImportDeclaration | TypeScript.ImportEqualsDeclaration,
): CellImport | undefined {
  const place = { start: declaration.getStart(file), end: declaration.end };
  if (ts.isImportEqualsDeclaration(declaration)) {
    const { moduleReference, name } = declaration;
    if (!ts.isExternalModuleReference(moduleReference) || !ts.isStringLiteral(moduleReference.expression))
      return undefined;
    return { ...place, module: moduleReference.expression.text, bindings: [{ name: name.text, imported: '=' }] };
  }
  const { moduleSpecifier, importClause } = declaration;
  if (!ts.isStringLiteral(moduleSpecifier)) return undefined;
  const bindings: { name: string; imported: string }[] = [];
  const { name, namedBindings } = importClause ?? {};
  if (name) bindings.push({ name: name.text, imported: 'default' });
  if (namedBindings && ts.isNamespaceImport(namedBindings))
    bindings.push({ name: namedBindings.name.text, imported: '*' });
  if (namedBindings && ts.isNamedImports(namedBindings)) {
    for (const element of namedBindings.elements)
      bindings.push({ name: element.name.text, imported: (element.propertyName ?? element.name).text });
  }
  return { ...place, module: moduleSpecifier.text, bindings };
}

type NamedDeclaration = TypeScript.Statement & { name: TypeScript.Identifier };

function isNamedDeclaration(ts: typeof TypeScript, node: TypeScript.Statement): node is NamedDeclaration {
  const isDeclaration =
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isEnumDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isModuleDeclaration(node);
  return isDeclaration && node.name !== undefined && ts.isIdentifier(node.name);
}

export function boundNames(ts: typeof TypeScript, name: TypeScript.BindingName): TypeScript.Identifier[] {
  if (ts.isIdentifier(name)) return [name];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? boundNames(ts, element.name) : []));
}
