import ts from 'typescript';
import { shownExpression } from '../../protocol/cell-value';
import { NAMES } from './names';
import { callGlobal } from './syntax';

const { factory } = ts;

/** On the TypeScript tree: the expression whose value the cell shows hands it over, `value(x, run)`. */
export function handOverValue(run: number): ts.TransformerFactory<ts.SourceFile> {
  return () => (file) => {
    const shown = shownExpression(ts, file.statements);
    if (!shown) return file;
    const { statement, expression } = shown;
    const call = callGlobal(NAMES.value, [expression, factory.createNumericLiteral(run)]);
    const handing = factory.createExpressionStatement(ts.setTextRange(call, expression));
    const statements = file.statements.with(file.statements.indexOf(statement), ts.setTextRange(handing, statement));
    return factory.updateSourceFile(file, statements);
  };
}
