import path from 'node:path';
import type * as vscode from 'vscode';
import { parseNotebookBytes } from '../../notebook/bytes';
import type { NotebookDocument } from '../../notebook/document';
import { certificateOf, certified, describeCertificate } from '../../runs/certificate';
import type { CheckReport } from '../../runs/check';
import { headingOf } from '../../runs/compare';
import { printCheck } from '../../runs/report';
import { requireTrust } from '../controller';
import type { HostPorts } from '../host-ports';
import type { NotebookMetadata } from '../notebook-data';
import { fileName } from '../save-guard';
import { readSettings } from '../settings';
import type { VS } from '../vs';
import type { Comparisons } from './comparison';

export interface CheckSurroundings {
  host: Pick<HostPorts, 'selectRuntime' | 'checkNotebook'>;
  comparisons: Comparisons;
  log: vscode.LogOutputChannel;
}

/**
 * *dinnb: Check Notebook*: reruns the file in a kernel of its own and compares. The same: the notebook gets its certificate. Different:
 * the editor's diff shows the cells, and what is known of why.
 */
export async function checkOpenNotebook(
  vs: VS,
  notebook: vscode.NotebookDocument,
  { host, comparisons, log }: CheckSurroundings,
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
    const choice = await vs.window.showWarningMessage(`${name}: ${summary(report)}`, vs.l10n.t('Show Log'));
    if (choice) log.show();
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
  const now = await vs.workspace.fs.readFile(notebook.uri);
  if (notebook.isDirty || notebook.isClosed || Buffer.compare(now, read) !== 0) {
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
  const outcome = cells.length > 0 ? [`${cells.length} of ${compared} code cells differ`] : [];
  const why =
    reasons.length > 0 ? `It may differ because this ran on or of something else: ${reasons.join('; ')}.` : '';
  return `${[...outcome, ...problems.map(({ message }) => message)].join('; ')}. ${why}`.trim();
}
