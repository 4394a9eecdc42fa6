import { homedir } from 'node:os';
import path from 'node:path';
import type { NotebookRun, RunOptions } from '../host/run-notebook';
import { type NotebookDocument, numberedCells } from '../notebook/document';
import { asSaved } from '../notebook/print';
import { certificateOf, describeCertificate } from './certificate';
import {
  type CellComparison,
  compareOutputs,
  type Difference,
  headingOf,
  type LeftOut,
  VOLATILE_TAG,
  wrongTolerance,
} from './compare';
import { compareFits, findChangedFiles, findProblems, findReasons, type Problem } from './differences';
import { executeNotebook } from './execute';
import { readProvenance } from './read-provenance';

export interface CheckOptions extends Omit<RunOptions, 'parameters' | 'keepGoing'> {
  tolerance: number;
  /** Told before anything runs. */
  onProblems?(problems: readonly Problem[], certificate: string): void;
}

export interface CheckReport {
  same: boolean;
  /** What the certificate said before. */
  certificate: string;
  problems: Problem[];
  cells: CellComparison[];
  leftOut: LeftOut[];
  /** Why it may differ; also told when nothing does. */
  reasons: string[];
  seconds: number;
  backend: string;
  tensorflow: string;
  /** How many code cells were compared. */
  compared: number;
}

/** Reruns a notebook with the parameters that it ran with, and compares. @throws when no kernel starts */
export async function checkNotebook(
  saved: NotebookDocument,
  options: CheckOptions,
): Promise<{ report: CheckReport; run: NotebookRun }> {
  const environment = saved.environment ?? {};
  const before = certificateOf(saved);
  const certificate = describeCertificate(before);
  const problems = [...findProblems(saved), ...(await findChangedFiles(saved, path.dirname(options.path)))];
  options.onProblems?.(problems, certificate);
  const { parameters = {} } = readProvenance(environment).provenance;
  // A notebook of a failed run holds the outputs of what came after, if that was wanted.
  const ran = await executeNotebook(saved, { ...options, parameters, keepGoing: wentOn(saved) });
  // What a file cannot hold is no difference: the saved outputs have lost it too.
  const run = { ...ran, document: asSaved(ran.document) };
  const rerun = run.document.environment ?? {};
  const folders = [path.dirname(options.path), homedir()];
  const { cells, leftOut } = compareOutputs(saved, run.document, { tolerance: options.tolerance, folders });
  addFits(cells, saved, compareFits(environment, rerun));
  const report: CheckReport = {
    same: cells.length === 0 && problems.length === 0,
    certificate,
    problems,
    cells,
    leftOut,
    reasons: [
      ...(before.state === 'changed' ? [`an edit after it was checked: ${before.reason}`] : []),
      ...findReasons(environment, rerun),
      ...wrongTolerances(saved),
    ],
    seconds: run.seconds,
    backend: run.info.backend,
    tensorflow: run.info.tensorflow,
    compared: saved.cells.filter(({ kind }) => kind === 'code').length,
  };
  return { report, run };
}

function wrongTolerances({ cells }: NotebookDocument): string[] {
  return numberedCells(cells).flatMap(({ cell, number }) => {
    const tag = wrongTolerance(cell);
    return tag === undefined ? [] : [`the tag "${tag}" of cell ${number} names no tolerance, and does not count`];
  });
}

function wentOn({ cells }: NotebookDocument): boolean {
  const failed = cells.findIndex(({ execution }) => execution && !execution.ok);
  return failed >= 0 && cells.slice(failed + 1).some(({ execution }) => execution);
}

function addFits(
  cells: CellComparison[],
  { cells: all }: NotebookDocument,
  fits: ({ cell: string } & Difference)[],
): void {
  for (const { cell: id, ...difference } of fits) {
    const known = cells.find((cell) => cell.id === id);
    const found = numberedCells(all).find(({ cell }) => cell.id === id);
    if (found?.cell.tags.includes(VOLATILE_TAG)) continue;
    if (known) known.differences.push(difference);
    else if (found) cells.push({ id, number: found.number, heading: headingOf(found.cell), differences: [difference] });
  }
}
