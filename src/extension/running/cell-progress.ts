import type { OutputEvent } from '../../outputs/events';
import { formatSeconds } from '../../outputs/format';
import { MIME_PROGRESS, MIME_TRAINING } from '../../outputs/mime';
import { OutputError } from '../../outputs/parse';
import { parseProgressOutput } from '../../outputs/progress';
import type { TrainingOutput } from '../../outputs/training';
import { parseTrainingOutput, parseTrainingPatch } from '../../outputs/training-parse';

/** How far something in a cell has come. */
interface Progress {
  /** `epoch 3 of 5`, `rows`: what of it is being done. */
  words: string;
  /** From 0 to 1; undefined where nobody knows. */
  part: number | undefined;
}

interface Shown {
  output: Pick<TrainingOutput, 'epochs' | 'stepsPerEpoch'> | undefined;
  startedAt: number;
  progress: Progress;
}

/** Before this time has passed nothing can be said of the rest, in ms. */
const KNOWN_AFTER = 1000;

/** What the outputs of a running cell say of how far it has come: trainings, loops over `display.progress`, long work of the library. */
export class CellProgress {
  /** By display; the last that changed is what the cell does now. */
  private readonly shown = new Map<string, Shown>();

  constructor(private readonly now: () => number) {}

  /** Whether the event told something of it. */
  observe(event: OutputEvent): boolean {
    try {
      if (event.type === 'append') {
        // What the library tells of long work stands in no output.
        if (event.mime === MIME_PROGRESS) return this.loop(event.displayId, event.patch);
        return event.mime === MIME_TRAINING && this.advance(event.displayId, event.patch);
      }
      if (event.type !== 'display' && event.type !== 'result' && event.type !== 'update') return false;
      if (MIME_TRAINING in event.data) return this.training(event.displayId, event.data[MIME_TRAINING]);
      return MIME_PROGRESS in event.data && this.loop(event.displayId, event.data[MIME_PROGRESS]);
    } catch (error) {
      if (error instanceof OutputError) return false; // a cell's own, and not what its type promises
      throw error;
    }
  }

  /** `epoch 3 of 5, 42 %, 12 s left`; undefined when nothing of the cell is under way. */
  text(): string | undefined {
    const last = [...this.shown.values()].at(-1);
    if (!last) return undefined;
    const { words, part } = last.progress;
    if (part === undefined) return words;
    const passed = this.now() - last.startedAt;
    const left =
      part > 0 && part < 1 && passed >= KNOWN_AFTER ? `, ${formatSeconds((passed / 1000) * (1 / part - 1))} left` : '';
    return `${words}, ${Math.floor(100 * part)} %${left}`;
  }

  private set(id: string, output: Shown['output'], progress: Progress): true {
    const before = this.shown.get(id);
    this.shown.delete(id); // to the end
    this.shown.set(id, { output: output ?? before?.output, startedAt: before?.startedAt ?? this.now(), progress });
    return true;
  }

  private training(id: string, data: unknown): boolean {
    const output = parseTrainingOutput(data);
    if (output.state !== 'running') return this.shown.delete(id);
    const steps = Math.max(output.steps.step.at(-1) ?? 0, output.epochLog.epoch.length * output.stepsPerEpoch);
    return this.set(id, output, trainingProgress(output, steps));
  }

  private advance(id: string, change: unknown): boolean {
    const output = this.shown.get(id)?.output;
    if (!output) return false;
    const patch = parseTrainingPatch(change);
    if (patch.state !== undefined && patch.state !== 'running') return this.shown.delete(id);
    const epochs = patch.epochLog?.epoch.at(-1) ?? 0;
    const steps = Math.max(patch.steps?.step.at(-1) ?? 0, epochs * output.stepsPerEpoch);
    return steps > 0 && this.set(id, undefined, trainingProgress(output, steps));
  }

  private loop(id: string, data: unknown): boolean {
    const { state, title = 'item', done, total } = parseProgressOutput(data);
    if (state !== 'running') return this.shown.delete(id);
    const of = total === undefined ? '' : ` of ${total}`;
    return this.set(id, undefined, {
      words: `${title} ${done}${of}`,
      part: total ? Math.min(1, done / total) : undefined,
    });
  }
}

function trainingProgress({ epochs, stepsPerEpoch }: NonNullable<Shown['output']>, steps: number): Progress {
  const epoch = Math.min(epochs, Math.floor((steps - 1) / Math.max(1, stepsPerEpoch)) + 1);
  const all = epochs * stepsPerEpoch;
  return { words: `epoch ${Math.max(1, epoch)} of ${epochs}`, part: all > 0 ? Math.min(1, steps / all) : undefined };
}
