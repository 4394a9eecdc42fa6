import { availableParallelism } from 'node:os';
import { dirname, resolve } from 'node:path';
import { declaredParameters, type NotebookRun } from '../host/run-notebook';
import type { NotebookDocument } from '../notebook/document';
import { notebookToHtml } from '../notebook/html';
import type { CodeForm } from '../notebook/html/cells';
import type { CellOutput } from '../outputs/events';
import { limitProblem } from '../outputs/parameters';
import { unknownParameters } from '../protocol/parameters';
import { findOtherMachine } from '../runs/differences';
import { executeNotebook } from '../runs/execute';
import { selectRuntime } from '../tensorflow';
import { Answers } from './answers';
import { htmlAssets } from './assets';
import { outliveClosedPipe } from './closed-pipe';
import { UsageError } from './errors';
import { checkNotebookTarget, checkReportTarget, readNotebookFile, writeWhole } from './files';
import { type Reporter, terminalReporter } from './report';
import { runTarget, saveRun } from './save-run';
import { heedSignals, type RunSignals } from './signals';

export interface RunFlags {
  out?: string;
  html?: string;
  /** How sources are shown in it. */
  code?: CodeForm;
  param?: { [name: string]: string };
  backend: 'auto' | 'native' | 'wasm';
  timeout?: number;
  keepGoing?: boolean;
  json?: boolean;
}

/** `dinnb run`: returns the exit code. */
export async function run(path: string, flags: RunFlags): Promise<number> {
  const notebook = readNotebookFile(path);
  const { document } = notebook;
  checkParameters(document, flags.param ?? {});
  if (flags.out) checkNotebookTarget(flags.out);
  if (flags.html) checkReportTarget(flags.html);
  if (flags.out || flags.html) outliveClosedPipe();
  const target = flags.out === undefined ? undefined : runTarget(flags.out, notebook);
  const write = (text: string) => (flags.json ? process.stderr : process.stdout).write(text);
  const reporter = terminalReporter(write, (text) => process.stderr.write(text));
  const answers = new Answers(process.stdin, write);
  const signals = heedSignals(reporter.info);
  try {
    const result = await runReporting(document, path, flags, { reporter, signals, answers });
    // The files come last: should one of them fail, what ran has been told.
    if (flags.json) printJson(jsonReport(result));
    const html = () =>
      notebookToHtml(result.document, htmlAssets(), { name: path, date: new Date(), code: flags.code });
    writeAll([
      ...(target ? [() => saveRun(target, result.document, (line) => console.error(line))] : []),
      ...(flags.html === undefined ? [] : [() => writeWhole(flags.html!, html())]),
    ]);
    return signals.exitCode() ?? (result.ok ? 0 : 1);
  } catch (error) {
    if (flags.json && !(error instanceof UsageError)) printJson(failureReport(error));
    throw error;
  } finally {
    signals.stop();
  }
}

/**
 * Writes what was asked for; one that fails keeps no other from being written.
 *
 * @throws UsageError
 */
function writeAll(writes: (() => void)[]): void {
  const failures: string[] = [];
  for (const write of writes) {
    try {
      write();
    } catch (error) {
      failures.push((error as Error).message);
    }
  }
  if (failures.length > 0) throw new UsageError(failures.join('\n'));
}

async function runReporting(
  document: NotebookDocument,
  path: string,
  flags: RunFlags,
  { reporter, signals, answers }: { reporter: Reporter; signals: RunSignals; answers: Answers },
): Promise<NotebookRun> {
  const runtime = await selectRuntime(flags.backend, { projectFolder: dirname(resolve(path)) });
  if (runtime.backend === 'wasm' && runtime.notice) reporter.info(runtime.notice);

  const result = await executeNotebook(document, {
    path: resolve(path),
    runtime,
    parameters: flags.param ?? {},
    timeoutSeconds: flags.timeout,
    keepGoing: flags.keepGoing ?? false,
    interrupted: signals.interrupted,
    terminated: signals.terminated,
    onStart(info) {
      signals.started();
      reporter.info(`dinnb ${info.dinnb}, Node ${info.node}, TensorFlow ${info.tensorflow} (${info.backend} backend)`);
      const { backend, tensorflow } = info;
      const other = findOtherMachine(document.environment ?? {}, {
        backend,
        tensorflow,
        processors: availableParallelism(),
      });
      if (other) reporter.info(other);
    },
    onCellStart: reporter.cellStart,
    onOutput: reporter.output,
    onAsk: answers.ask,
    onCellEnd: reporter.cellEnd,
    ...(process.env.DINNB_LOG ? { onLog: (line) => process.stderr.write(`${line}\n`) } : {}),
  });
  reporter.info(`\n${summary(result)}`);
  return result;
}

/** @throws UsageError for anything but NAME=VALUE */
export function parseParameter(text: string, before: { [name: string]: string } = {}): { [name: string]: string } {
  const [, name, value] = /^([A-Za-z_$][\w$]*)=([\s\S]*)$/.exec(text) ?? [];
  if (name === undefined) throw new UsageError(`--param ${text}: NAME=VALUE is wanted, e.g. --param epochs=5.`);
  return { ...before, [name]: value };
}

/** @throws UsageError before anything runs, naming the parameters that the notebook has */
function checkParameters(document: NotebookDocument, overrides: { [name: string]: string }): void {
  const given = Object.keys(overrides);
  if (given.length === 0) return;
  const shapes = declaredParameters(document);
  const names = shapes.map(({ name }) => name);
  const problem = unknownParameters(given, names);
  if (problem) throw new UsageError(`--param: ${problem}.`);
  for (const shape of shapes) {
    const text = overrides[shape.name];
    const beyond = text === undefined ? undefined : limitProblem(shape, text);
    if (beyond) throw new UsageError(`--param ${shape.name}=${text}: ${beyond}`);
  }
}

/** The object that `--json` prints; its shape is a contract. */
function jsonReport(result: NotebookRun) {
  const outputsOf = new Map(result.document.cells.map((cell) => [cell.id, cell.outputs]));
  return {
    ok: result.ok,
    backend: result.info.backend,
    tensorflow: result.info.tensorflow,
    seconds: result.seconds,
    cells: result.cells.map((cell) => ({ ...cell, outputs: (outputsOf.get(cell.id) ?? []).flatMap(bundleOf) })),
  };
}

/** Streams under the MIME types that VS Code gives them; errors stand in the cell's own `error`. */
function bundleOf(output: CellOutput): { [mime: string]: unknown }[] {
  if (output.type === 'stream') return [{ [`application/vnd.code.notebook.${output.name}`]: output.text }];
  return output.type === 'error' ? [] : [output.data];
}

/** The same shape for a run that did not come to its first cell: no TensorFlow as asked for, a kernel that does not start. */
function failureReport(error: unknown) {
  const { name, message, stack = `${name}: ${message}` } = error instanceof Error ? error : new Error(String(error));
  return { ok: false, backend: null, tensorflow: null, seconds: 0, cells: [], error: { name, message, stack } };
}

function printJson(report: object): void {
  process.stdout.write(`${JSON.stringify(report, replaceBytes)}\n`);
}

function replaceBytes(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
}

function summary(result: NotebookRun): string {
  const code = result.cells.filter((cell) => cell.kind === 'code');
  const ok = code.filter((cell) => cell.ok).length;
  const skipped = code.filter((cell) => cell.skipped).length;
  const failed = code.length - ok - skipped;
  const parts = [
    `${ok} of ${code.length} cells succeeded`,
    ...(failed ? [`${failed} failed`] : []),
    ...(skipped ? [`${skipped} skipped`] : []),
  ];
  return `${parts.join(', ')} in ${result.seconds.toFixed(1)} s`;
}
