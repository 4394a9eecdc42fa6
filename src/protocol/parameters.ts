import type * as TypeScript from 'typescript';

/** Cells with this tag declare the notebook's parameters. */
export const PARAMETERS_TAG = 'parameters';

/**
 * Names of the parameters that a cell tagged `parameters` declares: its top-level `const`, `let` and `var` with a single
 * name and a value. The TypeScript compiler is loaded only when this is called.
 */
export async function parameterNames(source: string): Promise<string[]> {
  const { default: ts } = await import('typescript');
  return parameterNamesWith(ts, source);
}

/** As `parameterNames`, with a compiler that is loaded already. */
export function parameterNamesWith(ts: typeof TypeScript, source: string): string[] {
  const file = ts.createSourceFile('parameters.ts', source, ts.ScriptTarget.ES2022);
  return file.statements
    .filter((statement) => ts.isVariableStatement(statement))
    .flatMap((statement) => [...statement.declarationList.declarations])
    .filter((declaration) => isParameter(ts, declaration))
    .map((declaration) => (declaration.name as TypeScript.Identifier).text);
}

export function isParameter(ts: typeof TypeScript, declaration: TypeScript.VariableDeclaration): boolean {
  return ts.isIdentifier(declaration.name) && declaration.initializer !== undefined;
}

/** What to tell about overrides that no parameters cell declares; undefined when all are known. */
export function unknownParameters(overrides: Iterable<string>, known: readonly string[]): string | undefined {
  const unknown = [...overrides].filter((name) => !known.includes(name));
  if (unknown.length === 0) return undefined;
  const names = unknown.map((name) => `'${name}'`).join(', ');
  const has =
    known.length > 0
      ? `this notebook has: ${known.join(', ')}`
      : `this notebook declares none (a cell tagged '${PARAMETERS_TAG}' does)`;
  return `unknown parameter${unknown.length > 1 ? 's' : ''} ${names}; ${has}`;
}
