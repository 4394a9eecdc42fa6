import type { Displays } from '../display/displays';
import { brokenKernel, describeError, isInterrupt } from '../errors/describe';
import type { RunDescription, ToShell } from '../link';
import type { Code, Evaluation, Evaluator } from './evaluator';
import type { Inspector } from './inspector';
import type { Outbox } from './outbox';
import type { Run, Runs } from './runs';

export interface CellTools {
  runs: Runs;
  displays: Displays;
  evaluator: Evaluator;
  outbox: Outbox;
  inspector: Inspector;
}

// User code may replace the global.
const afterThisTurn = setImmediate;

/** Runs a compiled cell, shows the value of its last expression and tells the shell how it ended. */
export function runCell(description: RunDescription, code: Code, tools: CellTools): void {
  const { runs, evaluator, outbox, inspector } = tools;
  const run = runs.start(description);
  if (runs.isInterrupted(run)) {
    end(run, { outcome: 'interrupted' }, outbox);
    return;
  }
  const tensors = inspector.tensors();
  runs.enter(run, () => {
    evaluator.evaluate(code, (evaluation) => {
      // Terminated code is reported differently by different Nodes, in part as an internal error of the inspector.
      const stopped = evaluation.error !== undefined && runs.isInterrupted(run);
      const { value } = run;
      run.value = undefined; // nor is it kept alive here
      const isShown = evaluation.outcome === 'ok' && value !== undefined && value.it !== undefined && !run.cancelled;
      if (isShown) runs.enter(run, () => showResult(value.it, run, tools));
      // Rejections that nobody handles are known only after this turn of the event loop.
      afterThisTurn(() => {
        end(run, stopped ? { outcome: 'interrupted' } : evaluation, outbox);
        runs.awaited.release(run.id);
        inspector.ended(run.id, tensors);
      });
    });
  });
}

/** The cell must end whatever its value does: `render` shows values that resist, this is for built-ins that are broken. */
function showResult(value: unknown, run: Run, { displays, outbox }: CellTools): void {
  try {
    displays.result(value);
  } catch (thrown) {
    const error = brokenKernel(thrown);
    run.failure ??= error;
    outbox.output(run, { type: 'error', error });
  }
}

function end(run: Run, evaluation: Evaluation, outbox: Outbox): void {
  run.ended = true;
  let done: ToShell;
  try {
    done = doneMessage(run, evaluation);
  } catch (error) {
    done = { type: 'done', run: run.id, outcome: 'failed', error: brokenKernel(error) };
  }
  outbox.post(done);
}

function doneMessage(run: Run, { outcome, thrown, error, position }: Evaluation): ToShell & { type: 'done' } {
  const done = { type: 'done', run: run.id } as const;
  if (outcome === 'interrupted') return { ...done, outcome };
  // The library says how far it came.
  if (isInterrupt(thrown?.it)) return { ...done, outcome: 'interrupted', error: describeError(thrown?.it) };
  if (outcome === 'failed') {
    return { ...done, outcome, error: error ?? describeError(thrown?.it), ...(position ? { position } : {}) };
  }
  // `failure` has been sent as an output already, when it happened.
  return run.failure ? { ...done, outcome: 'failed', error: run.failure, shown: true } : { ...done, outcome: 'ok' };
}
