import { type NotebookRun, type RunOptions, runNotebook } from '../host/run-notebook';
import type { NotebookDocument } from '../notebook/document';
import { ProvenanceRecorder, withProvenance } from './provenance';

/** Runs a notebook in a fresh kernel; the document that comes out tells what it was made on and of. */
export async function executeNotebook(document: NotebookDocument, options: RunOptions): Promise<NotebookRun> {
  const recorder = new ProvenanceRecorder(() => options.path, options.parameters);
  const run = await runNotebook(document, { ...options, onRecord: recorder.record });
  for (const { id, source, execution } of run.document.cells) {
    if (execution) recorder.ran({ id, source, order: execution.count });
  }
  await recorder.look();
  const environment = withProvenance(document.environment, recorder.provenance(run.info));
  return { ...run, document: { ...run.document, environment } };
}
