import { dirname, resolve } from 'node:path';
import { counted } from '../base/words';
import { type NotebookDocument, numberedCells } from '../notebook/document';
import { printNotebookBytes } from '../notebook/print';
import { certificateOf, certified, withoutCertificate } from '../runs/certificate';
import { type CheckReport, checkNotebook } from '../runs/check';
import { headingOf } from '../runs/compare';
import { checkToHtml, junitOf, printCheck } from '../runs/report';
import { selectRuntime } from '../tensorflow';
import { outliveClosedPipe } from './closed-pipe';
import { UsageError } from './errors';
import { checkReportTarget, readNotebookFile, replaceFile, writeWhole } from './files';
import { runTarget, saveRun } from './save-run';
import { heedSignals } from './signals';

export interface CheckFlags {
  update?: boolean;
  json?: boolean;
  junit?: string;
  html?: string;
  tolerance?: number;
  backend: 'auto' | 'native' | 'wasm';
  timeout?: number;
  /** What the notebook ran on: that TensorFlow, or the nearest installed one with a warning. */
  recorded?: { backend?: unknown; tensorflow?: unknown };
}

const DIFFERENT = 1;
const COULD_NOT_RUN = 2;
/** Clocks of two machines may be so far apart without a word. */
const A_DAY = 86_400_000;

/** `dinnb check`: 0 the same, 1 different, 2 could not run. */
export async function check(path: string, flags: CheckFlags): Promise<number> {
  const notebook = readNotebookFile(path);
  for (const file of [flags.junit, flags.html]) if (file !== undefined) checkReportTarget(file);
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const signals = heedSignals(say);
  try {
    const { recorded } = flags;
    const wanted = recorded?.backend === 'native' ? String(recorded.tensorflow) : undefined;
    const runtime = await selectRuntime(flags.backend, {
      projectFolder: dirname(resolve(path)),
      ...(wanted !== undefined && { tensorflow: wanted }),
    });
    if (runtime.backend === 'wasm' && runtime.notice) say(runtime.notice);
    if (wanted !== undefined && !(runtime.backend === 'native' && runtime.tensorflow === wanted))
      say(
        `The notebook ran on native TensorFlow ${wanted}, which is not installed here: ${runtime.backend === 'native' ? `the nearest, ${runtime.tensorflow},` : 'WebAssembly'} runs instead, and numbers may differ.`,
      );
    outliveClosedPipe(); // what was found is still to be written
    const { report, run } = await checkNotebook(notebook.document, {
      path: resolve(path),
      runtime,
      tolerance: flags.tolerance ?? 0,
      timeoutSeconds: flags.timeout,
      interrupted: signals.interrupted,
      terminated: signals.terminated,
      onStart: signals.started,
      onProblems(problems, certificate) {
        say(`${path}: ${certificate}`);
        for (const { message } of problems) say(`  ${message}`);
      },
      onCellStart: (cell, number) => say(`[${number}] ${headingOf(cell)}`),
      ...(process.env.DINNB_LOG ? { onLog: say } : {}),
    });
    if (signals.interrupted.aborted || signals.terminated.aborted)
      throw new UsageError('The check was interrupted: nothing was compared.');
    writeReports(path, flags, report, notebook.document.cells);
    if (flags.update) {
      saveRun(runTarget(path, notebook), withoutCertificate(run.document), say);
      if (!report.same) say(`${path} holds the new outputs now; check it once more to certify them.`);
    }
    const notice = clockNotice(notebook.document, Date.now());
    if (notice) say(notice);
    if (!report.same) return flags.update ? 0 : DIFFERENT;
    if (!flags.update)
      certify(
        path,
        notebook.bytes,
        certified(notebook.document, run.document.environment ?? {}, new Date(), flags.tolerance),
        say,
      );
    return 0;
  } catch (error) {
    if (flags.json) {
      const { name, message } = error as Error;
      process.stdout.write(`${JSON.stringify({ same: false, ran: false, error: { name, message } })}\n`);
    }
    console.error((error as Error).message);
    return signals.exitCode() ?? COULD_NOT_RUN;
  } finally {
    signals.stop();
  }
}

function writeReports(
  path: string,
  flags: CheckFlags,
  report: CheckReport,
  cells: Parameters<typeof headingOf>[0][],
): void {
  process.stdout.write(flags.json ? `${JSON.stringify({ ran: true, ...report })}\n` : printCheck(report));
  const code = numberedCells(cells).map(({ cell, number }) => ({ id: cell.id, number, heading: headingOf(cell) }));
  if (flags.junit !== undefined) writeWhole(flags.junit, junitOf(path, report, code));
  if (flags.html !== undefined) writeWhole(flags.html, checkToHtml(path, report));
}

/** Into the file that was checked, unless it has become another meanwhile. */
function certify(path: string, read: Uint8Array, document: NotebookDocument, say: (line: string) => void): void {
  const bytes = printNotebookBytes(document);
  try {
    if (!bytes.equals(read) && !replaceFile(path, read, bytes)) {
      say(`${path} was changed during the check: it gets no certificate.`);
      return;
    }
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    say(`The certificate was not written: ${error.message}`);
    return;
  }
  const state = certificateOf(document);
  if (state.state === 'reproduced')
    say(`Certified: reproduced in ${counted(state.certificate.reproduced.length, 'place')}.`);
}

/** What speaks against the clock, and so against times in outputs and the date of a certificate. */
function clockNotice({ cells }: NotebookDocument, now: number): string | undefined {
  const ran = cells.reduce((last, { execution }) => Math.max(last, execution?.endedAt ?? 0), 0);
  if (ran <= now + A_DAY) return undefined;
  const [here, there] = [now, ran].map((time) => new Date(time).toISOString().slice(0, 10));
  return `The clock says ${here}, and the notebook ran on ${there}: one of the two is wrong, and the date of the certificate may be.`;
}
