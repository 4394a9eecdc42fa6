/** Something that waits for its turn: a cell to run. */
export interface Job {
  /** Resolves with whether it succeeded. */
  run(): Promise<boolean>;
  /** It will not run: an earlier one failed, or the user stopped. */
  cancel(): void;
  /** Whose it is, where several share the queue: one that fails cancels those of the same owner. */
  readonly owner?: object;
}

export interface RunQueueOptions {
  /** Awaited before each job is taken: until then it can still be cancelled. */
  ready?(): Promise<unknown>;
  /** Whether those that wait run although one has failed. */
  keepGoing?: boolean;
}

/**
 * The one queue before a kernel, which takes one cell at a time: jobs run one after another, and one that fails cancels those of its
 * owner that wait, as in Jupyter.
 */
export class RunQueue {
  private waiting: Job[] = [];
  private running: Job | undefined;
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

  /**
   * Cancels those that wait now. Those added later run, also when what runs now fails: an interrupt takes its time.
   *
   * @param owner whose are cancelled; without it all are
   */
  cancelWaiting(owner?: object): void {
    const isMeant = (job: Job) => owner === undefined || job.owner === owner;
    if (this.running && isMeant(this.running)) this.cleared = true;
    const jobs = this.waiting.filter(isMeant);
    this.waiting = this.waiting.filter((job) => !isMeant(job));
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
        this.running = job;
        const ok = await job.run();
        this.running = undefined;
        if (!ok && !this.cleared && !this.options.keepGoing) this.cancelWaiting(job.owner);
      }
    } catch (error) {
      this.running = undefined;
      this.cancelWaiting();
      throw error;
    } finally {
      // In the same breath as the last look at `waiting`, or a job that comes now would wait for ever.
      this.loop = undefined;
    }
  }
}
