import type * as vscode from 'vscode';
import { CELL_ID, newCellId, type Random } from '../../notebook/cell-id';
import type { CellExecution, NotebookCell, NotebookDocument, SavedOutput, Unknown } from '../../notebook/document';
import { normalizeLineBreaks } from '../../notebook/lines';
import { PARAMETERS_TAG } from '../../protocol/parameters';
import { CODE_LANGUAGE, type VS } from '../vs';
import { fromEditorOutput, parametersForm, toEditorOutput } from './output-items';

/** What the editor keeps with a cell and hands back at saving. */
export interface CellMetadata {
  id?: string;
  tags?: string[];
  unknown?: Unknown;
  unknownRun?: Unknown;
  unknownExecution?: Unknown;
}

/** What the editor keeps with a notebook. */
export interface NotebookMetadata {
  title?: string;
  environment?: { [name: string]: unknown };
  unknown?: Unknown;
  /** SHA-256 of the file with conflict markers that the cells were put together of; never saved. */
  conflictedFile?: string;
}

/** A document as the editor shows it. */
export function toNotebookData(vs: VS, document: NotebookDocument, conflictedFile?: string): vscode.NotebookData {
  const data = new vs.NotebookData(document.cells.map((cell) => toCellData(vs, cell)));
  const { environment } = document;
  const metadata: NotebookMetadata = {
    ...documentFields(document),
    ...(environment && { environment }),
    ...(conflictedFile !== undefined && { conflictedFile }),
  };
  data.metadata = { ...metadata };
  return data;
}

/** Of a document's metadata, what people and other makers wrote. */
export const documentFields = ({ title, unknown }: Pick<NotebookDocument, 'title' | 'unknown'>) => ({
  ...(title === undefined ? {} : { title }),
  ...(hasFields(unknown) && { unknown }),
});

/** The same of a cell. */
export const cellFields = ({ tags, unknown }: Pick<NotebookCell, 'tags' | 'unknown'>) => ({
  ...(tags.length > 0 && { tags }),
  ...(hasFields(unknown) && { unknown }),
});

/** A cell as the editor shows it. */
export function toCellData(vs: VS, cell: NotebookCell): vscode.NotebookCellData {
  const [kind, language] =
    cell.kind === 'code' ? [vs.NotebookCellKind.Code, CODE_LANGUAGE] : [vs.NotebookCellKind.Markup, 'markdown'];
  const data = new vs.NotebookCellData(kind, cell.source, language);
  const { id, tags, unknownRun, execution } = cell;
  const metadata: CellMetadata = {
    id,
    ...cellFields(cell),
    ...(unknownRun && { unknownRun }),
    ...(execution?.unknown && { unknownExecution: execution.unknown }),
  };
  data.metadata = { ...metadata };
  const form = cell.kind === 'code' && tags.includes(PARAMETERS_TAG) ? [parametersForm(vs, id)] : [];
  data.outputs = [...form, ...cell.outputs.map((output) => toEditorOutput(vs, output))];
  if (execution) {
    data.executionSummary = {
      executionOrder: execution.count,
      success: execution.ok,
      timing: { startTime: execution.startedAt, endTime: execution.endedAt },
    };
  }
  return data;
}

/** The document that the editor shows. Cells that have no id of their own yet get one. */
export function fromNotebookData(
  vs: VS,
  data: Pick<vscode.NotebookData, 'cells' | 'metadata'>,
  random: Random = Math.random,
): NotebookDocument {
  const { title, environment, unknown } = (data.metadata ?? {}) as NotebookMetadata;
  const ids = uniqueIds(
    data.cells.map((cell) => (cell.metadata as CellMetadata | undefined)?.id),
    random,
  );
  return {
    version: 1,
    ...(title === undefined ? {} : { title }),
    cells: data.cells.map((cell, index) => fromCellData(vs, cell, ids[index]!)),
    ...(environment && { environment }),
    unknown: unknown ?? {},
  };
}

/** The document of an open notebook, as it is now. */
export function fromOpenNotebook(vs: VS, notebook: vscode.NotebookDocument): NotebookDocument {
  const cells = notebook.getCells().map((cell): vscode.NotebookCellData => {
    const { kind, metadata, executionSummary } = cell;
    const { languageId } = cell.document;
    return { kind, languageId, value: cell.document.getText(), outputs: [...cell.outputs], metadata, executionSummary };
  });
  return fromNotebookData(vs, { cells, metadata: notebook.metadata });
}

function fromCellData(vs: VS, cell: vscode.NotebookCellData, id: string): NotebookCell {
  const { tags, unknown, unknownRun, unknownExecution } = (cell.metadata ?? {}) as CellMetadata;
  const execution = fromSummary(cell.executionSummary, unknownExecution);
  return {
    id,
    kind: cell.kind === vs.NotebookCellKind.Code ? 'code' : 'markdown',
    source: normalizeLineBreaks(cell.value),
    tags: tags ?? [],
    outputs: (cell.outputs ?? [])
      .map((output) => fromEditorOutput(output))
      .filter((output): output is SavedOutput => output !== undefined),
    ...(execution && { execution }),
    unknown: unknown ?? {},
    ...(unknownRun && { unknownRun }),
  };
}

/** Only of a run that has ended. */
function fromSummary(
  summary: vscode.NotebookCellExecutionSummary | undefined,
  unknown: Unknown | undefined,
): CellExecution | undefined {
  const { executionOrder, success, timing } = summary ?? {};
  if (executionOrder === undefined || success === undefined || !timing) return undefined;
  return {
    count: executionOrder,
    ok: success,
    startedAt: timing.startTime,
    endedAt: timing.endTime,
    ...(unknown && { unknown }),
  };
}

function uniqueIds(given: readonly (string | undefined)[], random: Random): string[] {
  const taken = new Set<string>();
  const kept = given.map((id) => {
    if (id === undefined || !CELL_ID.test(id) || taken.has(id)) return undefined;
    taken.add(id);
    return id;
  });
  return kept.map((id) => {
    if (id !== undefined) return id;
    const made = newCellId(random, taken);
    taken.add(made);
    return made;
  });
}

function hasFields(value: object): boolean {
  return Object.keys(value).length > 0;
}
