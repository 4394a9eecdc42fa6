import path from 'node:path';
import type * as vscode from 'vscode';
import { counted } from '../../base/words';
import { parseNotebookBytes } from '../../notebook/bytes';
import type { NotebookDocument } from '../../notebook/document';
import { certificateOf, certified, describeCertificate } from '../../runs/certificate';
import type { CheckReport } from '../../runs/check';
import { headingOf } from '../../runs/compare';
import { printCheck } from '../../runs/report';
import { type CellMetadata, type NotebookMetadata, toCellData } from '../documents/notebook-data';
import { fileName } from '../documents/save-guard';
import { requireTrust } from '../running/controller';
import type { HostPorts } from '../running/host-ports';
import { readSettings } from '../settings';
import type { VS } from '../vs';
import type { Comparisons } from './comparison';

export interface CheckSurroundings {
  host: Pick<HostPorts, 'selectRuntime' | 'checkNotebook'>;
  comparisons: Comparisons;
  /** The notebook shows from now on what another kernel than its own has made. */
  showsOthers(notebook: vscode.NotebookDocument): void;
  log: vscode.LogOutputChannel;
}

/**
 * *dinnb: Check Notebook*: reruns the file in a kernel of its own and compares. The same: the notebook gets its certificate. Different:
 * the editor's diff shows the cells, and what is known of why.
 */
export async function checkOpenNotebook(
  vs: VS,
  notebook: vscode.NotebookDocument,
  { host, comparisons, showsOthers, log }: CheckSurroundings,
): Promise<void> {
  if (!(await requireTrust(vs, vs.l10n.t('a check would run the cells')))) return;
  const name = fileName(notebook.uri);
  if (notebook.uri.scheme !== 'file') {
    await vs.window.showInformationMessage(
      vs.l10n.t('Save the notebook as a file of this machine first: a check reruns the file.'),
    );
    return;
  }
  if (notebook.isDirty && !(await notebook.save())) return; // the editor has said why
  const bytes = await vs.workspace.fs.readFile(notebook.uri);
  const saved = parseNotebookBytes(bytes, name);
  const found = await rerun(vs, notebook, saved, { host });
  if (!found) return;
  const { report, document } = found;
  log.info(`Check of ${name}\n${printCheck(report)}`);
  if (report.same) await certify(vs, notebook, bytes, saved, document);
  else {
    await comparisons.show(name, saved, document, report);
    const accept = vs.l10n.t('Accept New Outputs');
    const message = `${name}: ${summary(report)}`;
    const choice = await vs.window.showWarningMessage(message, accept, vs.l10n.t('Show Log'));
    if (choice === accept) await acceptOutputs(vs, notebook, bytes, found, showsOthers);
    else if (choice) log.show();
  }
}

async function rerun(
  vs: VS,
  notebook: vscode.NotebookDocument,
  saved: NotebookDocument,
  { host }: Pick<CheckSurroundings, 'host'>,
): Promise<{ report: CheckReport; document: NotebookDocument } | undefined> {
  const { backend, nodePath } = readSettings(vs, notebook.uri);
  const file = notebook.uri.fsPath;
  const abort = new AbortController();
  const title = vs.l10n.t('Checking {0}', fileName(notebook.uri));
  const options = { location: vs.ProgressLocation.Notification, title, cancellable: true };
  const { report, run } = await vs.window.withProgress(options, async (progress, token) => {
    token.onCancellationRequested(() => abort.abort());
    const runtime = await host.selectRuntime(backend, { projectFolder: path.dirname(file), nodePath });
    return host.checkNotebook(saved, {
      path: file,
      runtime,
      nodePath,
      tolerance: 0,
      terminated: abort.signal,
      onCellStart: (cell, number) => progress.report({ message: `[${number}] ${headingOf(cell)}` }),
    });
  });
  if (abort.signal.aborted) {
    await vs.window.showInformationMessage(vs.l10n.t('The check was cancelled: nothing was compared.'));
    return undefined;
  }
  return { report, document: run.document };
}

/** What `dinnb check --update` does: the notebook holds what the check made, and what that was made on and of. */
async function acceptOutputs(
  vs: VS,
  notebook: vscode.NotebookDocument,
  read: Uint8Array,
  { report, document }: { report: CheckReport; document: NotebookDocument },
  showsOthers: CheckSurroundings['showsOthers'],
): Promise<void> {
  const name = fileName(notebook.uri);
  if (await wasChanged(vs, notebook, read)) {
    await vs.window.showWarningMessage(
      vs.l10n.t('{0} was changed since it was checked: nothing is taken. Check it once more.', name),
    );
    return;
  }
  const differing = new Set(report.cells.map(({ id }) => id));
  const again = new Map(document.cells.map((cell) => [cell.id, cell]));
  showsOthers(notebook);
  const edits = notebook.getCells().flatMap((cell, index) => {
    const rerun = again.get((cell.metadata as CellMetadata).id ?? '');
    // Where the notebook itself was not what ran, every cell is to say that it is now.
    const isTaken = rerun?.kind === 'code' && (report.problems.length > 0 || differing.has(rerun.id));
    return isTaken
      ? [vs.NotebookEdit.replaceCells(new vs.NotebookRange(index, index + 1), [toCellData(vs, rerun)])]
      : [];
  });
  const { environment } = document;
  const { certificate: _certificate, ...unknown } = (notebook.metadata as NotebookMetadata).unknown ?? {};
  const metadata: NotebookMetadata = { ...notebook.metadata, ...(environment && { environment }), unknown };
  // One at a time: of several in one edit the editor may make one.
  for (const each of [...edits, vs.NotebookEdit.updateNotebookMetadata({ ...metadata })]) {
    const edit = new vs.WorkspaceEdit();
    edit.set(notebook.uri, [each]);
    if (!(await vs.workspace.applyEdit(edit))) throw new Error(`${name} does not take the new outputs.`);
  }
  await notebook.save();
  await vs.window.showInformationMessage(
    vs.l10n.t('{0} holds the new outputs now. The next check is the first that can certify them.', name),
  );
}

/** Whether the file or the notebook is no more what was read. */
async function wasChanged(vs: VS, notebook: vscode.NotebookDocument, read: Uint8Array): Promise<boolean> {
  const now = await vs.workspace.fs.readFile(notebook.uri);
  return notebook.isDirty || notebook.isClosed || Buffer.compare(now, read) !== 0;
}

/** Into the file that was checked, unless it has become another meanwhile. */
async function certify(
  vs: VS,
  notebook: vscode.NotebookDocument,
  read: Uint8Array,
  saved: NotebookDocument,
  rerun: NotebookDocument,
): Promise<void> {
  const name = fileName(notebook.uri);
  const document = certified(saved, rerun.environment ?? {}, new Date());
  if (await wasChanged(vs, notebook, read)) {
    await vs.window.showWarningMessage(
      vs.l10n.t('{0}: the same; but the notebook was changed during the check: it gets no certificate.', name),
    );
    return;
  }
  const { environment, unknown } = document;
  const metadata: NotebookMetadata = { ...notebook.metadata, ...(environment && { environment }), unknown };
  const edit = new vs.WorkspaceEdit();
  edit.set(notebook.uri, [vs.NotebookEdit.updateNotebookMetadata({ ...metadata })]);
  await vs.workspace.applyEdit(edit);
  await notebook.save();
  await vs.window.showInformationMessage(
    vs.l10n.t('{0}: the same. Certified: {1}.', name, describeCertificate(certificateOf(document))),
  );
}

function summary({ cells, compared, problems, reasons }: CheckReport): string {
  const outcome =
    cells.length > 0
      ? [`${cells.length} of ${counted(compared, 'code cell')} ${cells.length === 1 ? 'differs' : 'differ'}`]
      : [];
  const why = reasons.length > 0 ? `It may differ because of: ${reasons.join('; ')}.` : '';
  return `${[...outcome, ...problems.map(({ message }) => message)].join('; ')}. ${why}`.trim();
}
