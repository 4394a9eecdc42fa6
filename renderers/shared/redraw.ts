import { onThemeChange } from './theme';
import { FrameThrottle } from './throttle';

/** Draws anew when it is asked for, when the element watched changes its size, and when the page changes its theme. */
export class Redraw {
  private readonly throttle: FrameThrottle;
  private readonly resize = new ResizeObserver(() => this.request());
  private readonly stopTheme = onThemeChange(() => this.request());

  constructor(draw: () => Promise<unknown>) {
    this.throttle = new FrameThrottle(draw);
  }

  watch(element: Element): void {
    this.resize.observe(element);
  }

  request(): void {
    this.throttle.request();
  }

  dispose(): void {
    this.throttle.cancel();
    this.resize.disconnect();
    this.stopTheme();
  }
}
