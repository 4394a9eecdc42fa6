import type * as vscode from 'vscode';
import { NOTEBOOK_TYPE, type VS } from './vs';

/** What a notebook says at its first code cell until a cell has run: where samples and first steps are. */
export function showFirstSteps(vs: VS): vscode.Disposable {
  return vs.notebooks.registerNotebookCellStatusBarItemProvider(NOTEBOOK_TYPE, {
    provideCellStatusBarItems(cell) {
      const { notebook } = cell;
      if (!notebook.isUntitled) return [];
      const code = notebook.getCells().filter(({ kind }) => kind === vs.NotebookCellKind.Code);
      if (code[0] !== cell || code.some(({ executionSummary }) => executionSummary?.executionOrder !== undefined))
        return [];
      const item = (text: string, tooltip: string, command: string | vscode.Command) => {
        const made = new vs.NotebookCellStatusBarItem(text, vs.NotebookCellStatusBarAlignment.Left);
        return Object.assign(made, { tooltip, command });
      };
      const walkthrough = { title: '', command: 'workbench.action.openWalkthrough', arguments: ['dinnb.dinnb#start'] };
      return [
        item(
          `$(book) ${vs.l10n.t('Open a Sample')}`,
          vs.l10n.t('Copies a sample notebook and opens it.'),
          'dinnb.openSample',
        ),
        item(
          `$(compass) ${vs.l10n.t('First Steps')}`,
          vs.l10n.t('Opens the walkthrough: six steps from an empty notebook to a report.'),
          walkthrough,
        ),
      ];
    },
  });
}
