import type * as vscode from 'vscode';
import { newCellId } from '../../notebook/cell-id';
import { tableLines } from '../../outputs/table';
import { cellIdOf } from '../documents/cell-ids';
import { fromEditorOutput } from '../documents/output-items';
import { fileName } from '../documents/save-guard';
import { describe } from '../running/executions';
import type { OpenNotebook } from '../running/open-notebook';
import { CODE_LANGUAGE, NOTEBOOK_TYPE, type VS } from '../vs';
import { checkInput } from './input';
import { listed, outputText, shortened } from './text';

export interface ToolSurroundings {
  /** The running side of a notebook whose cells the editor lets us run. */
  open(notebook: vscode.NotebookDocument): Promise<OpenNotebook>;
  find(notebook: vscode.NotebookDocument): OpenNotebook | undefined;
}

/** What every tool is told: which notebook, where several are open. */
interface Target {
  /** Path, URI or file name of an open notebook; without it the one in front. */
  notebook?: string;
}
type OfCells = Target & { cells?: string[] };
type Addition = Target & { kind?: 'code' | 'markdown'; source: string; after?: string };
type Change = Target & { cell: string; source: string };

/** A tool before the editor knows it. */
interface Tool<T extends Target> {
  /** What the user agrees to; `source` is shown as code, where it is very long without its middle. */
  ask(
    input: T,
    notebook: vscode.NotebookDocument,
    l10n: VS['l10n'],
  ): { title: string; message: string; source?: string };
  run(input: T, notebook: vscode.NotebookDocument, token: vscode.CancellationToken): Promise<unknown>;
}

/** How long the editor's own word of an end may be late, in ms. */
const LATE = 2_000;

/**
 * The tools of package.json, by which a language model works in an open notebook. Each asks the user first, every time: reading hands
 * what cells hold to the model's maker, running runs code.
 */
export function registerTools(vs: VS, surroundings: ToolSurroundings): vscode.Disposable[] {
  const tools: { [name: string]: Tool<never> } = {
    dinnb_list_cells: listCells,
    dinnb_read_cells: readCells,
    dinnb_variables: variables(surroundings),
    dinnb_add_cell: addCell(vs),
    dinnb_edit_cell: editCell(vs),
    dinnb_run_cells: runCells(vs, surroundings),
  };
  const asked = new Map<string, Asked>();
  return Object.entries(tools as { [name: string]: Tool<Target> }).map(([name, tool]) => {
    const keyOf = (input: Target) => JSON.stringify([name, input]);
    return vs.lm.registerTool<Target>(name, {
      prepareInvocation: ({ input }) => {
        checkInput(name, input);
        const notebook = notebookOf(vs, input.notebook);
        const question = tool.ask(input, notebook, vs.l10n);
        asked.set(keyOf(input), { notebook: notebook.uri.toString(), question: JSON.stringify(question) });
        const { title, message, source } = question;
        const body = new vs.MarkdownString(message);
        if (source !== undefined) body.appendCodeblock(shortened(source), 'typescript');
        return { invocationMessage: title, confirmationMessages: { title, message: body } };
      },
      invoke: async ({ input }, token) => {
        checkInput(name, input);
        const before = asked.get(keyOf(input));
        asked.delete(keyOf(input));
        // Another notebook may have come to the front while the user was asked, and cells may have changed.
        const notebook = notebookOf(vs, before?.notebook ?? input.notebook);
        if (before && JSON.stringify(tool.ask(input, notebook, vs.l10n)) !== before.question) {
          throw new Error(
            `Nothing was done: while the user was asked, the cells of ${fileName(notebook.uri)} became others than those shown. Ask again.`,
          );
        }
        const answer = await tool.run(input, notebook, token);
        const text = typeof answer === 'string' ? answer : JSON.stringify(answer, null, 1);
        return new vs.LanguageModelToolResult([new vs.LanguageModelTextPart(text)]);
      },
    });
  });
}

/** What the user was asked, and about which notebook. */
interface Asked {
  notebook: string;
  question: string;
}

const listCells: Tool<Target> = {
  ask: (_input, notebook, l10n) => ({
    title: l10n.t('List the cells of {0}', fileName(notebook.uri)),
    message: l10n.t('The first line of each cell goes to the language model.'),
  }),
  run: async (_input, notebook) => ({ notebook: notebook.uri.toString(), cells: notebook.getCells().map(listed) }),
};

const readCells: Tool<OfCells> = {
  ask: (input, notebook, l10n) => ({
    title: l10n.t('Read cells of {0}', fileName(notebook.uri)),
    message: l10n.t('Source and outputs go to the language model: {0}.', naming(cellsOf(notebook, input.cells), l10n)),
  }),
  run: async ({ cells }, notebook) => cellsOf(notebook, cells).map(whole),
};

const variables = ({ find }: ToolSurroundings): Tool<Target & { name?: string }> => ({
  ask: ({ name }, notebook, l10n) => ({
    title: l10n.t('Read variables of {0}', fileName(notebook.uri)),
    message: name
      ? l10n.t('What the variable `{0}` holds goes to the language model.', name.replaceAll('`', ''))
      : l10n.t('Names, types, shapes and first values go to the language model.'),
  }),
  run: async ({ name }, notebook) => {
    const kernel = find(notebook)?.kernel;
    if (!kernel || kernel.state === 'none') throw new Error('No cell has run yet, so there are no variables.');
    const result = await kernel.inspect(name === undefined ? { what: 'variables' } : { what: 'detail', name });
    if (result.ok === 'variables') return { variables: result.variables, tensors: result.tensors };
    if (result.ok === 'detail')
      return shortened(result.table ? tableLines(result.table) : outputText({ type: 'display', data: result.bundle }));
    if (result.ok === false)
      throw new Error(result.busy ? 'A cell is running: ask again when it has ended.' : result.message);
    throw new Error(`The kernel answered something else: ${result.ok}.`);
  },
});

const addCell = (vs: VS): Tool<Addition> => ({
  ask: ({ kind = 'code', source }, notebook, l10n) => ({
    title:
      kind === 'code'
        ? l10n.t('Add a code cell to {0}', fileName(notebook.uri))
        : l10n.t('Add a Markdown cell to {0}', fileName(notebook.uri)),
    message: l10n.t('It is not run.'),
    source,
  }),
  run: async ({ kind = 'code', source, after }, notebook) => {
    const index = after === undefined ? notebook.cellCount : cellOf(notebook, after).index + 1;
    const [cellKind, language] =
      kind === 'code' ? [vs.NotebookCellKind.Code, CODE_LANGUAGE] : [vs.NotebookCellKind.Markup, 'markdown'];
    const data = new vs.NotebookCellData(cellKind, source, language);
    const id = newCellId(Math.random, new Set(notebook.getCells().map(cellIdOf)));
    data.metadata = { id };
    const edit = new vs.WorkspaceEdit();
    edit.set(notebook.uri, [vs.NotebookEdit.insertCells(index, [data])]);
    if (!(await vs.workspace.applyEdit(edit))) throw new Error('The editor did not take the cell.');
    return { id, number: index + 1 };
  },
});

const editCell = (vs: VS): Tool<Change> => ({
  ask: ({ cell, source }, notebook, l10n) => ({
    title: l10n.t('Change cell {0} of {1}', cellOf(notebook, cell).index + 1, fileName(notebook.uri)),
    message: l10n.t('Its source becomes this. It is not run; Undo brings it back.'),
    source,
  }),
  run: async ({ cell, source }, notebook) => {
    const { document, index } = cellOf(notebook, cell);
    const edit = new vs.WorkspaceEdit();
    const end = document.lineAt(document.lineCount - 1).range.end;
    edit.replace(document.uri, new vs.Range(0, 0, end.line, end.character), source);
    if (!(await vs.workspace.applyEdit(edit))) throw new Error('The editor did not take the change.');
    return { id: cell, number: index + 1 };
  },
});

const runCells = (vs: VS, { open }: ToolSurroundings): Tool<OfCells> => ({
  ask: (input, notebook, l10n) => {
    const cells = codeCellsOf(notebook, input.cells);
    return {
      title: l10n.t('Run cells of {0}', fileName(notebook.uri)),
      message: l10n.t(
        'Runs on this machine, with your rights: {0}. Outputs go to the language model.',
        naming(cells, l10n),
      ),
      source: cells.map(({ document }) => document.getText()).join('\n\n'),
    };
  },
  run: async (input, notebook, token) => {
    if (!vs.workspace.isTrusted) throw new Error('This workspace is not trusted: cells do not run here.');
    const cells = codeCellsOf(notebook, input.cells);
    const opened = await open(notebook);
    const cancelled = token.onCancellationRequested(() => void opened.interrupt());
    const since = Date.now();
    try {
      if (token.isCancellationRequested) throw new Error('Cancelled before it ran.');
      await opened.queue.run(cells);
      await told(cells, since);
    } finally {
      cancelled?.dispose();
    }
    if (notebook.isClosed)
      throw new Error('The notebook was closed while its cells ran: what they showed is not known.');
    return cells.map((cell) =>
      ranSince(cell, since) ? whole(cell) : { id: cellIdOf(cell), ran: 'not run: a cell before it failed' },
    );
  },
});

const ranSince = ({ executionSummary }: vscode.NotebookCell, since: number) =>
  (executionSummary?.timing?.startTime ?? 0) >= since;

/** The editor hears of a cell's end after us. Cells behind one that failed do not run, and nothing is told of them. */
async function told(cells: readonly vscode.NotebookCell[], since: number): Promise<void> {
  const isTold = () => {
    const failed = cells.findIndex((cell) => ranSince(cell, since) && cell.executionSummary?.success !== true);
    return failed >= 0 || cells.every((cell) => ranSince(cell, since));
  };
  for (let waited = 0; waited < LATE && !isTold(); waited += 20)
    await new Promise((resolve) => setTimeout(resolve, 20));
}

/** A cell with all that it says. */
function whole(cell: vscode.NotebookCell) {
  const outputs = cell.outputs.flatMap((output) => {
    try {
      const saved = fromEditorOutput(output);
      return saved ? [shortened(outputText(saved))] : [];
    } catch (error) {
      return [`[an output that cannot be read: ${describe(error)}]`];
    }
  });
  const { firstLine: _line, lines: _lines, outputs: _mimes, ...facts } = listed(cell);
  return { ...facts, source: cell.document.getText(), outputs };
}

/** @throws Error that says which notebooks are open */
function notebookOf(vs: VS, named: string | undefined): vscode.NotebookDocument {
  const all = vs.workspace.notebookDocuments.filter(({ notebookType }) => notebookType === NOTEBOOK_TYPE);
  if (named === undefined) {
    const front = vs.window.activeNotebookEditor?.notebook;
    const only = all.length === 1 ? all[0] : undefined;
    const found = front?.notebookType === NOTEBOOK_TYPE ? front : only;
    if (found) return found;
    throw new Error(all.length === 0 ? 'No .dinnb notebook is open.' : `Say which notebook: ${names(all)}.`);
  }
  const found = all.filter(({ uri }) => [uri.toString(), uri.fsPath, fileName(uri)].includes(named));
  if (found.length === 1) return found[0]!;
  const why = found.length === 0 ? `No open notebook is called ${named}` : `Several notebooks are called ${named}`;
  throw new Error(`${why}. Open are: ${names(all)}.`);
}

const names = (notebooks: readonly vscode.NotebookDocument[]) =>
  notebooks.map(({ uri }) => uri.toString()).join(', ') || 'none';

/** @throws Error that names the ids that there are */
function cellOf(notebook: vscode.NotebookDocument, id: string): vscode.NotebookCell {
  const cell = notebook.getCells().find((each) => cellIdOf(each) === id);
  if (cell) return cell;
  throw new Error(`No cell has the id ${id}. There are: ${notebook.getCells().map(cellIdOf).join(', ')}.`);
}

/** The cells with these ids, each once; all without them. */
function cellsOf(notebook: vscode.NotebookDocument, ids: readonly string[] | undefined): vscode.NotebookCell[] {
  return ids === undefined ? notebook.getCells() : [...new Set(ids)].map((id) => cellOf(notebook, id));
}

function codeCellsOf(notebook: vscode.NotebookDocument, ids: readonly string[] | undefined): vscode.NotebookCell[] {
  const cells = cellsOf(notebook, ids);
  const isCode = ({ document }: vscode.NotebookCell) => document.languageId === CODE_LANGUAGE;
  const text = ids && cells.find((cell) => !isCode(cell));
  if (text) throw new Error(`Cell ${cellIdOf(text)} is text: only code cells run.`);
  return cells.filter(isCode);
}

function naming(cells: readonly vscode.NotebookCell[], l10n: VS['l10n']): string {
  if (cells.length === 0) return l10n.t('no cell');
  const numbers = cells.map(({ index }) => index + 1).join(', ');
  return cells.length === 1 ? l10n.t('cell {0}', numbers) : l10n.t('cells {0}', numbers);
}
