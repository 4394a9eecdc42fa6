/** Thrown by long work (fit, evaluate, predict) that the user interrupted; weights and history so far are kept. */
export class InterruptedError extends Error {
  override name = 'Interrupted';
}

let check: () => boolean = () => false;

/** The kernel tells how to ask whether the running cell was interrupted; outside a kernel the answer is always no. */
export function setInterruptCheck(next: () => boolean): void {
  check = next;
}

export function isInterrupted(): boolean {
  return check();
}

let loading = async <T>(load: () => Promise<T>): Promise<T> => load();

/** The kernel, which can end code by force, tells how to keep it from doing that. */
export function setWholeLoading(next: typeof loading): void {
  loading = next;
}

/** Loads a module. One that is ended by force halfway would stay broken: an interrupt waits until it is loaded. */
export function loadWhole<T>(load: () => Promise<T>): Promise<T> {
  return loading(load);
}

/** Lets timers, messages and interrupts through. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** For loops that nobody else looks after. @throws InterruptedError when the user interrupts. */
export function throwIfInterrupted(what = 'Interrupted.'): void {
  if (check()) throw new InterruptedError(what);
}
