/** Resolves when what was changed is on the screen: painting many shapes can cost more than making them. */
const painted = () => new Promise<void>((done) => requestAnimationFrame(() => setTimeout(done)));

/**
 * Runs `work` on an animation frame, at most every `interval` ms, however often it is asked for. Slow work on a slow
 * machine runs more rarely: at most about a third of the page's time goes into it and into painting what it made.
 */
export class FrameThrottle {
  private due = Number.NEGATIVE_INFINITY;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private frame: number | undefined;
  private running = false;
  private wanted = false;

  constructor(
    private readonly work: () => Promise<unknown>,
    private readonly interval = 100,
  ) {}

  request(): void {
    this.wanted = true;
    if (this.timer !== undefined || this.frame !== undefined || this.running) return;
    const wait = Math.max(0, this.due - performance.now());
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.frame = requestAnimationFrame(() => {
        this.frame = undefined;
        void this.run();
      });
    }, wait);
  }

  cancel(): void {
    if (this.timer !== undefined) clearTimeout(this.timer);
    if (this.frame !== undefined) cancelAnimationFrame(this.frame);
    this.timer = undefined;
    this.frame = undefined;
    this.wanted = false;
  }

  private async run(): Promise<void> {
    const start = performance.now();
    this.running = true;
    this.wanted = false;
    try {
      await this.work();
      await painted();
    } finally {
      const end = performance.now();
      this.due = Math.max(start + this.interval, end + 2 * (end - start));
      this.running = false;
      // What was asked for meanwhile is drawn next: the last change is never lost.
      if (this.wanted) this.request();
    }
  }
}
