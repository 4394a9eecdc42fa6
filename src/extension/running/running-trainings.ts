import type { OutputEvent } from '../../outputs/events';
import { MIME_TRAINING, type MimeBundle } from '../../outputs/mime';
import { OutputError } from '../../outputs/parse';
import type { TrainingOutput } from '../../outputs/training';
import { parseTrainingOutput, parseTrainingPatch } from '../../outputs/training-parse';
import { applyTrainingPatch } from '../../outputs/training-patch';
import { trainingBundle } from '../../outputs/training-view';

interface Running {
  data: unknown;
  patches: unknown[];
}

/**
 * Training outputs whose run has not ended. When their kernel goes, nobody else will say that they do not run any more,
 * and what was only sent live would be missing from the saved notebook.
 */
export class RunningTrainings {
  private running = new Map<string, Running>();

  observe(event: OutputEvent): void {
    if (event.type === 'append') {
      if (event.mime === MIME_TRAINING) this.running.get(event.displayId)?.patches.push(event.patch);
    } else if (event.type === 'display' || event.type === 'result' || event.type === 'update') {
      const data = event.data[MIME_TRAINING];
      const runs = (data as Partial<TrainingOutput> | undefined)?.state === 'running';
      if (runs) this.running.set(event.displayId, { data, patches: [] });
      else this.running.delete(event.displayId);
    }
  }

  /** The last word on each of them: everything that is known, as a run that failed. */
  abandon(): { displayId: string; data: MimeBundle }[] {
    const left = this.known('failed');
    this.running = new Map();
    return left;
  }

  /** Each of them with everything that is known: what was sent live is in no output of the editor. */
  known(state: TrainingOutput['state'] = 'running'): { displayId: string; data: MimeBundle }[] {
    return [...this.running].flatMap(([displayId, training]) => {
      const data = whole(training, state);
      return data ? [{ displayId, data }] : [];
    });
  }
}

function whole({ data, patches }: Running, state: TrainingOutput['state']): MimeBundle | undefined {
  try {
    const output = patches.reduce<TrainingOutput>(
      (before, patch) => applyTrainingPatch(before, parseTrainingPatch(patch)),
      parseTrainingOutput(data),
    );
    return trainingBundle({ ...output, state });
  } catch (error) {
    // Made by a cell itself and not what the type promises: it stays as the cell left it.
    if (error instanceof OutputError) return undefined;
    throw error;
  }
}
