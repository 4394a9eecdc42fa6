import type * as vscode from 'vscode';
import { type Choice, type Conflict, decisionOf, findConflicts, isConflicting } from '../../notebook/conflicts';
import { headingOf } from '../../runs/compare';
import { NOTEBOOK_TYPE, type VS } from '../vs';
import {
  type CellMetadata,
  cellFields,
  documentFields,
  fromOpenNotebook,
  type NotebookMetadata,
} from './notebook-data';
import { fileName } from './save-guard';

/**
 * What a merge left to be decided, in the editor: the two versions of a cell offer themselves at their lower edge, and a command goes
 * through all of them. A file with git's conflict markers says when it opens that it is shown so.
 */
export class MergeConflicts implements vscode.Disposable {
  private readonly subscriptions: vscode.Disposable[];
  /** The conflicted file that was last told of. */
  private readonly told = new WeakMap<vscode.NotebookDocument, string>();

  constructor(private readonly vs: VS) {
    this.subscriptions = [
      vs.notebooks.registerNotebookCellStatusBarItemProvider(NOTEBOOK_TYPE, {
        provideCellStatusBarItems: (cell) => this.items(cell),
      }),
      vs.workspace.onDidOpenNotebookDocument((notebook) => void this.tell(notebook)),
      // A conflict came while the notebook was open, and the editor loaded the file anew.
      vs.workspace.onDidChangeNotebookDocument(({ notebook, metadata }) => {
        if (metadata) void this.tell(notebook);
      }),
    ];
    for (const notebook of vs.workspace.notebookDocuments) void this.tell(notebook);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  /** *dinnb: Decide Merge Conflicts*: one after the other, or all alike. */
  async decide(notebook: vscode.NotebookDocument): Promise<void> {
    for (let decided = 0; ; decided++) {
      const [conflict, ...others] = this.conflictsOf(notebook);
      if (!conflict) {
        if (decided === 0)
          await this.vs.window.showInformationMessage(this.vs.l10n.t('There is no merge conflict in this notebook.'));
        return;
      }
      const choice = await this.ask(notebook, conflict, others.length);
      if (!choice) return;
      if (choice.all) {
        for (let next: Conflict | undefined = conflict; next; next = this.conflictsOf(notebook)[0])
          await this.apply(notebook, next, choice.keep);
      } else await this.apply(notebook, conflict, choice.keep);
    }
  }

  /** Keeps one side of the conflict that a cell belongs to, or both. */
  async keep(notebook: vscode.NotebookDocument, cellIndex: number, choice: Choice): Promise<void> {
    const conflict = this.conflictsOf(notebook).find(({ note, versions }) =>
      [note, versions?.ours, versions?.theirs].includes(cellIndex),
    );
    if (conflict) await this.apply(notebook, conflict, choice);
  }

  /** A file with conflict markers is on the screen, put together. */
  async tell(notebook: vscode.NotebookDocument): Promise<void> {
    const { conflictedFile } = notebook.metadata as NotebookMetadata;
    if (notebook.notebookType !== NOTEBOOK_TYPE || conflictedFile === undefined) return;
    if (this.told.get(notebook) === conflictedFile) return;
    this.told.set(notebook, conflictedFile);
    const count = this.conflictsOf(notebook).length;
    const { l10n } = this.vs;
    const name = fileName(notebook.uri);
    const message =
      count > 0
        ? l10n.t(
            '{0} holds an unresolved merge conflict: the cells of both sides are shown, {1} to decide, in the cells that say so. Saving replaces the file with what is shown.',
            name,
            count,
          )
        : l10n.t(
            '{0} holds an unresolved merge conflict: the cells of both sides are shown, nothing in it contradicts. Saving replaces the file with what is shown.',
            name,
          );
    const [decide, asText] = [l10n.t('Decide'), l10n.t('Open as Text')];
    const choice = await this.vs.window.showWarningMessage(message, ...(count > 0 ? [decide] : []), asText);
    if (choice === decide) await this.decide(notebook);
    if (choice === asText) await this.vs.commands.executeCommand('vscode.openWith', notebook.uri, 'default');
  }

  private conflictsOf(notebook: vscode.NotebookDocument): Conflict[] {
    return findConflicts(fromOpenNotebook(this.vs, notebook).cells);
  }

  private items(cell: vscode.NotebookCell): vscode.NotebookCellStatusBarItem[] {
    const { notebook, index } = cell;
    if (!isConflicting((cell.metadata as CellMetadata).tags ?? [])) return [];
    const conflict = this.conflictsOf(notebook).find(
      ({ versions }) => versions?.ours === index || versions?.theirs === index,
    );
    if (!conflict?.versions) return [];
    const own: Choice = conflict.versions.ours === index ? 'ours' : 'theirs';
    return ([own, 'both'] as const).map((choice) => {
      const { l10n } = this.vs;
      const words =
        choice === 'both'
          ? l10n.t('Keep Both')
          : own === 'ours'
            ? l10n.t('Keep This Side')
            : l10n.t('Keep the Other Side');
      const icon = choice === 'both' ? '$(check-all)' : '$(check)';
      const item = new this.vs.NotebookCellStatusBarItem(
        `${icon} ${words}`,
        this.vs.NotebookCellStatusBarAlignment.Left,
      );
      item.command = { command: 'dinnb.decideConflict', title: words, arguments: [notebook.uri, index, choice] };
      item.tooltip = this.vs.l10n.t('Decides the merge conflict of this cell');
      return item;
    });
  }

  private async ask(
    notebook: vscode.NotebookDocument,
    { note, versions, about }: Conflict,
    others: number,
  ): Promise<{ keep: Choice; all: boolean } | undefined> {
    const { cells } = fromOpenNotebook(this.vs, notebook);
    const range = new this.vs.NotebookRange(note, note + (versions ? 3 : 1));
    this.vs.window.activeNotebookEditor?.revealRange(range);
    const shown = (index: number) => cells[index]!.source.split('\n').slice(0, 3).join(' ⏎ ');
    const one = versions
      ? [
          {
            label: this.vs.l10n.t('Keep this side'),
            description: headingOf(cells[versions.ours]!),
            detail: shown(versions.ours),
            keep: 'ours' as const,
          },
          {
            label: this.vs.l10n.t('Keep the other side'),
            description: headingOf(cells[versions.theirs]!),
            detail: shown(versions.theirs),
            keep: 'theirs' as const,
          },
          { label: this.vs.l10n.t('Keep both'), keep: 'both' as const },
        ]
      : about
        ? [
            { label: this.vs.l10n.t('Keep this side'), detail: shown(note), keep: 'ours' as const },
            { label: this.vs.l10n.t('Keep the other side'), keep: 'theirs' as const },
            { label: this.vs.l10n.t('Keep both'), keep: 'both' as const },
          ]
        : [{ label: this.vs.l10n.t('Leave it as it is'), detail: shown(note), keep: 'ours' as const }];
    const { l10n } = this.vs;
    const all = [
      { label: l10n.t('All {0}: keep this side', others + 1), keep: 'ours' as const, all: true },
      { label: l10n.t('All {0}: keep the other side', others + 1), keep: 'theirs' as const, all: true },
      { label: l10n.t('All {0}: keep both', others + 1), keep: 'both' as const, all: true },
    ];
    const title = others > 0 ? l10n.t('Merge conflict, {0} more', others) : l10n.t('Merge conflict');
    const picked = await this.vs.window.showQuickPick([...one, ...(others > 0 ? all : [])], { title });
    return picked && { keep: picked.keep, all: 'all' in picked };
  }

  private async apply(notebook: vscode.NotebookDocument, conflict: Conflict, choice: Choice): Promise<void> {
    const { vs } = this;
    const before = fromOpenNotebook(vs, notebook);
    const { removed, changed, title, unknown } = decisionOf(before, conflict, choice);
    const isSame = title === before.title && unknown === before.unknown;
    const { title: _title, unknown: _unknown, ...head } = notebook.metadata as NotebookMetadata;
    const edits = [
      ...(isSame ? [] : [vs.NotebookEdit.updateNotebookMetadata({ ...head, ...documentFields({ title, unknown }) })]),
      // From below: so that the numbers of the others stay what they are.
      ...[...removed]
        .sort((a, b) => b - a)
        .map((index) => vs.NotebookEdit.deleteCells(new vs.NotebookRange(index, index + 1))),
      // Then what stays: it may take the id of what went.
      ...[...changed].map(([index, cell]) => {
        const { tags: _tags, unknown: _fields, ...metadata } = notebook.cellAt(index).metadata as CellMetadata;
        const now = index - removed.filter((gone) => gone < index).length;
        return vs.NotebookEdit.updateCellMetadata(now, { ...metadata, id: cell.id, ...cellFields(cell) });
      }),
    ];
    // One at a time: of several deletions in one edit the editor makes one.
    for (const each of edits) {
      const edit = new vs.WorkspaceEdit();
      edit.set(notebook.uri, [each]);
      if (!(await vs.workspace.applyEdit(edit)))
        throw new Error(`${fileName(notebook.uri)} does not take the change: the conflict is still to be decided.`);
    }
  }
}
