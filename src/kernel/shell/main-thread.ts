import { Session } from 'node:inspector';
import type { MessagePort } from 'node:worker_threads';
import type { InspectParams, InspectResult } from '../../outputs/inspect';
import type { ToMain, ToShell } from '../link';

type DebugAnswer = Extract<ToShell, { type: 'debug' }>;

/** The main thread, as the shell sees it. */
export class MainThread {
  private readonly session = new Session();
  private readonly pongs = new Map<number, () => void>();
  private readonly debugging = new Map<number, (answer: DebugAnswer) => void>();
  private readonly inspections = new Map<number, (result: InspectResult) => void>();
  private nextPing = 0;

  constructor(private readonly port: MessagePort) {
    this.session.connectToMainThread();
  }

  post(message: ToMain): void {
    this.port.postMessage(message);
  }

  /** Whether the event loop of the main thread turns within the time. */
  async answers(withinMs: number): Promise<boolean> {
    const id = this.nextPing++;
    const pong = new Promise<boolean>((resolve) => this.pongs.set(id, () => resolve(true)));
    this.post({ type: 'ping', id });
    const answered = await Promise.race([pong, sleep(withinMs).then(() => false)]);
    this.pongs.delete(id);
    return answered;
  }

  /** Opens or closes the debugger's port; its address. */
  async debug(open: boolean): Promise<string | undefined> {
    const id = this.nextPing++;
    return new Promise((resolve, reject) => {
      this.debugging.set(id, ({ url, error }) => (error === undefined ? resolve(url) : reject(new Error(error))));
      this.post({ type: 'debug', id, open });
    });
  }

  onDebug(answer: DebugAnswer): void {
    this.debugging.get(answer.id)?.(answer);
    this.debugging.delete(answer.id);
  }

  onPong(id: number): void {
    this.pongs.get(id)?.();
  }

  /** Resolves when the main thread comes to answer: a loop that never ends keeps it waiting, not the shell. */
  inspect(params: InspectParams): Promise<InspectResult> {
    const id = this.nextPing++;
    return new Promise((resolve) => {
      this.inspections.set(id, resolve);
      this.post({ type: 'inspect', id, params });
    });
  }

  onInspected(id: number, json: string): void {
    this.inspections.get(id)?.(JSON.parse(json) as InspectResult);
    this.inspections.delete(id);
  }

  /** Ends the JavaScript that runs there now, as if by an exception that nothing can catch. */
  terminateExecution(): void {
    this.session.post('Runtime.terminateExecution');
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
