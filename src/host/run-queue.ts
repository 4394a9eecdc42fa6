/** Something that waits for its turn: a cell to run. */
export interface Job {
  /** Resolves with whether it succeeded. */
  run(): Promise<boolean>;
  /** It will not run: an earlier one failed, or the user stopped. */
  cancel(): void;
}

export interface RunQueueOptions {
  /** Awaited before each job is taken: until then it can still be cancelled. */
  ready?(): Promise<unknown>;
  /** Whether those that wait run although one has failed. */
  keepGoing?: boolean;
}

/**
 * The one queue between a notebook and its kernel, which takes one cell at a time: jobs run one after another, and one
 * that fails cancels those that wait, as in Jupyter.
 */
export class RunQueue {
  private waiting: Job[] = [];
  /** Whether the user has cleared the queue while the present job runs: what came since is wanted, however that job ends. */
  private cleared = false;
  private loop: Promise<void> | undefined;

  constructor(private readonly options: RunQueueOptions = {}) {}

  /** Resolves when nothing waits or runs any more; rejects when a job rejects, which none should. */
  add(...jobs: Job[]): Promise<void> {
    this.waiting.push(...jobs);
    if (this.waiting.length > 0) this.loop ??= this.drain();
    return this.loop ?? Promise.resolve();
  }

  /** Cancels those that wait now. Those added later run, also when what runs now fails: an interrupt takes its time. */
  cancelWaiting(): void {
    this.cleared = true;
    const jobs = this.waiting;
    this.waiting = [];
    for (const job of jobs) job.cancel();
  }

  private async drain(): Promise<void> {
    try {
      // Not in the same breath as the call that added: it may add more, and `loop` must be set before it is taken back.
      await Promise.resolve();
      while (this.waiting.length > 0) {
        await this.options.ready?.();
        const job = this.waiting.shift();
        if (!job) return;
        this.cleared = false;
        const ok = await job.run();
        if (!ok && !this.cleared && !this.options.keepGoing) this.cancelWaiting();
      }
    } catch (error) {
      this.cancelWaiting();
      throw error;
    } finally {
      // In the same breath as the last look at `waiting`, or a job that comes now would wait for ever.
      this.loop = undefined;
    }
  }
}
