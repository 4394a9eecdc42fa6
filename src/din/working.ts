import type { ProgressOutput } from '../outputs/progress';
import { showWork } from '../outputs/working';
import { isInterrupted, throwIfInterrupted, yieldToEventLoop } from './interrupt';

/** Work that takes less is over before anybody asks how far it is, in ms. */
const SHOWN_AFTER = 2000;
const EVERY = 250;

let works = 0;

/** How far long work has come, for those who wait: shown from the second second on, with the time left, and kept nowhere. */
export class Working {
  private readonly id = `work-${++works}`;
  private readonly began: number;
  private since: number;
  private told: number;
  private shown = false;
  private done = 0;
  private percents = false;

  constructor(
    private title: string,
    private total?: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.began = this.since = this.told = now();
  }

  /** The next part of the work, which has a time of its own. @param total what `at` counts to; undefined where nobody knows. */
  stage(title: string, total?: number): void {
    this.title = title;
    this.total = total;
    this.done = 0;
    this.percents = false;
    this.since = this.now();
    this.told = 0;
    this.tell();
  }

  /** So much is done. Cheap: call it as often as you like. */
  at(done: number, total = this.total): void {
    this.done = done;
    this.total = total;
    this.tell();
  }

  /** So much is done, and timers, messages and interrupts come through. @throws InterruptedError that says `interrupted`. */
  async pause(done: number, interrupted: string): Promise<void> {
    this.at(done);
    await yieldToEventLoop();
    throwIfInterrupted(interrupted);
  }

  /** What a library says of work that nothing else is counted of. */
  percent(percentage: number): void {
    if (this.total === undefined || this.percents) {
      this.percents = true;
      this.at(Math.min(100, percentage), 100);
    } else this.tell();
  }

  end(state: 'done' | 'stopped'): void {
    if (this.shown) showWork(this.id, this.output(state));
  }

  /** Time has passed. */
  tell(): void {
    const time = this.now();
    if (time - this.began < SHOWN_AFTER || time - this.told < EVERY) return;
    this.told = time;
    this.shown = true;
    showWork(this.id, this.output('running'));
  }

  private output(state: ProgressOutput['state']): ProgressOutput {
    const { title, done, total } = this;
    return {
      version: 1,
      title: title.length > 120 ? `${title.slice(0, 119)}…` : title,
      done: Math.max(0, Math.floor(done)),
      ...(total === undefined ? {} : { total: Math.max(0, Math.floor(total)) }),
      seconds: Math.round(this.now() - this.since) / 1000,
      state,
    };
  }
}

/** Does work that may take long, and says how far it is. */
export async function working<T>(
  title: string,
  total: number | undefined,
  work: (progress: Working) => Promise<T>,
): Promise<T> {
  const progress = new Working(title, total);
  try {
    const result = await work(progress);
    progress.end('done');
    return result;
  } catch (error) {
    progress.end('stopped');
    throw error;
  }
}

/** Does work that is cut into parts, without a pause. */
export function atOnce<T>(parts: Generator<void, T>): T {
  for (;;) {
    const part = parts.next();
    if (part.done) return part.value;
  }
}

/** Does it with a pause after each part, and says how many of them are done. @throws InterruptedError that says `interrupted`. */
export function inParts<T>(title: string, total: number, parts: Generator<void, T>, interrupted: string): Promise<T> {
  return working(title, total, async (progress) => {
    for (let done = 1; ; done++) {
      const part = parts.next();
      if (part.done) return part.value;
      await progress.pause(done, interrupted);
    }
  });
}

/** Looks for an interrupt while work goes on elsewhere (in a library's own threads). @returns what ends the watch. */
export function watchInterrupts(onInterrupt: () => void, onTick: () => void = () => {}): () => void {
  const timer = setInterval(() => {
    if (isInterrupted()) onInterrupt();
    else onTick();
  }, 100);
  return () => clearInterval(timer);
}
