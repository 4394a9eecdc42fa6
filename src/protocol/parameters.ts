import type * as TypeScript from 'typescript';
import type { ParameterShape } from '../outputs/parameters';

/** Cells with this tag declare the notebook's parameters. */
export const PARAMETERS_TAG = 'parameters';

/** Names of the parameters that a cell tagged `parameters` declares: its top-level `const`, `let` and `var` with a single name and a value. */
export function parameterNames(ts: typeof TypeScript, source: string): string[] {
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

/** The parameters that a cell declares, with what its source says of them. */
export function parameterShapes(ts: typeof TypeScript, source: string): ParameterShape[] {
  const file = ts.createSourceFile('parameters.ts', source, ts.ScriptTarget.ES2022, true);
  return file.statements.filter(ts.isVariableStatement).flatMap((statement) => {
    const comment = commentOf(ts, statement);
    return statement.declarationList.declarations
      .filter((declaration) => isParameter(ts, declaration))
      .map((declaration) => ({ ...shapeOf(ts, file, declaration), ...comment }));
  });
}

function shapeOf(
  ts: typeof TypeScript,
  file: TypeScript.SourceFile,
  declaration: TypeScript.VariableDeclaration,
): ParameterShape {
  const name = (declaration.name as TypeScript.Identifier).text;
  const value = declaration.initializer!;
  const bare = ts.isAsExpression(value) || ts.isSatisfiesExpression(value) ? value.expression : value;
  const type =
    declaration.type ?? (ts.isAsExpression(value) || ts.isSatisfiesExpression(value) ? value.type : undefined);
  const standard = ts.isStringLiteralLike(bare) ? bare.text : bare.getText();
  const signed = ts.isPrefixUnaryExpression(bare) ? bare.operand : bare;
  const kind = ts.isStringLiteralLike(bare)
    ? 'string'
    : ts.isNumericLiteral(signed)
      ? 'number'
      : bare.kind === ts.SyntaxKind.TrueKeyword || bare.kind === ts.SyntaxKind.FalseKeyword
        ? 'boolean'
        : ts.isBigIntLiteral(signed)
          ? 'bigint'
          : ts.isArrayLiteralExpression(bare)
            ? 'list'
            : ts.isObjectLiteralExpression(bare)
              ? 'object'
              : 'other';
  const choices = type && choicesOf(ts, aliased(ts, file, type), kind);
  return { name, standard, kind, ...(choices ? { choices } : {}) };
}

/** What the cell itself says of a type that is only named. */
function aliased(ts: typeof TypeScript, file: TypeScript.SourceFile, type: TypeScript.TypeNode): TypeScript.TypeNode {
  if (!ts.isTypeReferenceNode(type)) return type;
  const name = type.typeName.getText();
  const alias = file.statements.find((one) => ts.isTypeAliasDeclaration(one) && one.name.text === name);
  return alias && ts.isTypeAliasDeclaration(alias) ? alias.type : type;
}

/** The members of a union of literals that are of a kind; of an expression any. */
function choicesOf(
  ts: typeof TypeScript,
  type: TypeScript.TypeNode,
  kind: ParameterShape['kind'],
): string[] | undefined {
  if (!ts.isUnionTypeNode(type)) return undefined;
  const choices: string[] = [];
  for (const member of type.types) {
    if (!ts.isLiteralTypeNode(member)) return undefined;
    const { literal } = member;
    const isText = ts.isStringLiteral(literal);
    if (kind === (isText ? 'number' : 'string')) continue;
    if (isText || ts.isNumericLiteral(literal)) choices.push(literal.text);
    else if (ts.isPrefixUnaryExpression(literal)) choices.push(literal.getText());
    else if (!['string', 'number', 'boolean'].includes(kind)) return undefined;
  }
  return kind !== 'boolean' && choices.length > 0 ? choices : undefined;
}

function commentOf(ts: typeof TypeScript, statement: TypeScript.Statement) {
  const [comment] = ts.getJSDocCommentsAndTags(statement);
  const text = comment ? comment.getText().replace(/^\/\*\*|\*\/$|^\s*\*/gm, '') : '';
  const number = (tag: string) => Number(new RegExp(`@${tag}\\s+(-?[\\d.e+-]+)`, 'i').exec(text)?.[1] ?? Number.NaN);
  const [minimum, maximum] = [number('minimum'), number('maximum')];
  const description = text
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line !== '' && !line.startsWith('@'));
  return {
    ...(Number.isNaN(minimum) ? {} : { minimum }),
    ...(Number.isNaN(maximum) ? {} : { maximum }),
    ...(description ? { description } : {}),
  };
}
