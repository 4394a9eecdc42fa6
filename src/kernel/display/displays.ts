import { randomBytes } from 'node:crypto';
import { types } from 'node:util';
import type * as TensorFlow from '@tensorflow/tfjs';
import { type DisplayHandle, DRAWN } from '../../outputs/display';
import { MIME_PLOTLY, MIME_PROGRESS, type MimeBundle } from '../../outputs/mime';
import type { WorkSink } from '../../outputs/working';
import type { Outbox } from '../main/outbox';
import type { Run, Runs } from '../main/runs';
import { sentBundle, sentJson } from './bundle';
import { figureOf } from './figure';
import { KINDS } from './kinds';
import { type Progress, type ProgressOptions, progress } from './progress';
import { errorText, type Rendered, render } from './render';
import { replaceTensorText } from './tensor';

/** What `display()` of a cell returns: like a DisplayHandle, but `update` takes any value. */
export interface ValueHandle extends DisplayHandle {
  update(value: unknown): void;
}

const VEGA = /^application\/vnd\.vega(?:lite)?\.v\d+(?:\.\d+)*\+json$/;

/** The global `display`, and its ways to say what a value is. */
type DisplayKinds = { [Name in keyof typeof KINDS]: (value: Parameters<(typeof KINDS)[Name]>[0]) => ValueHandle };
type Display = ((value: unknown) => ValueHandle) &
  DisplayKinds & { progress<T>(items: Iterable<T> | AsyncIterable<T>, options?: ProgressOptions): Progress<T> };

/** Shows values as outputs of the cell that the calling code belongs to. */
export class Displays {
  private tf: typeof TensorFlow | undefined;
  /** Draws figures of Vega as SVG; where it is not there they stay what they are. */
  vega: ((spec: unknown, isLite: boolean) => string) | undefined;
  // Ids differ between kernels too: a restarted kernel must not update what an earlier one showed.
  private readonly prefix = randomBytes(6).toString('hex');
  private count = 0;
  /** Handles, and the run of a cell that each was made in. */
  private readonly handles = new WeakMap<object, Run | undefined>();

  constructor(
    private readonly runs: Pick<Runs, 'active'>,
    private readonly outbox: Pick<Outbox, 'output' | 'log'>,
  ) {}

  /** From now on tensors are shown with their values, wherever they are printed. */
  knowTensors(tf: typeof TensorFlow): void {
    this.tf = tf;
    replaceTensorText(tf);
  }

  /** The global `display`. A string is shown as it is; a value that fails to render shows why. */
  readonly display: Display = Object.assign((value: unknown) => this.show('display', asText(value)), {
    ...(Object.fromEntries(
      Object.entries(KINDS).map(([name, bundle]) => [name, (value: never) => this.show('display', bundle(value))]),
    ) as DisplayKinds),
    progress: <T>(items: Iterable<T> | AsyncIterable<T>, options: ProgressOptions = {}) =>
      progress(items, options, (value) => this.show('display', value)),
  });

  /** How far long work of the library has come: for the eyes of the running cell's reader, in no output. */
  readonly work: WorkSink = (id, progress) => {
    const run = this.runs.active;
    const patch = sentJson(progress, MIME_PROGRESS);
    if (run) this.outbox.output(run, { type: 'append', displayId: `${this.prefix}-${id}`, mime: MIME_PROGRESS, patch });
  };

  /** The value of a cell's last expression. A cell that ends with `display(...)` or with `await model.fit(...)` has shown it already. */
  result(value: unknown): void {
    if (!this.isShown(value)) this.show('result', value);
  }

  private isShown(value: unknown): boolean {
    if (typeof value !== 'object' || value === null || types.isProxy(value)) return false;
    if (this.handles.has(value)) return true;
    let drawn: unknown;
    try {
      drawn = (value as { [DRAWN]?(): unknown })[DRAWN]?.();
    } catch {
      return false; // a value that resists being asked is shown, and says there what it does
    }
    if (typeof drawn !== 'object' || drawn === null) return false;
    return this.handles.has(drawn) && this.handles.get(drawn) === this.runs.active;
  }

  private show(type: 'display' | 'result', value: unknown): ValueHandle {
    this.count += 1;
    const id = `${this.prefix}-${this.count}`;
    const run = this.runs.active;
    let latest = 0;
    const send = (kind: 'display' | 'result' | 'update', shown: unknown) => {
      latest += 1;
      const turn = latest;
      const rendered = this.tryRender(shown);
      this.send(run, kind, id, rendered instanceof Promise ? { 'text/plain': '...' } : rendered);
      if (rendered instanceof Promise) {
        void rendered.catch(failure).then((bundle) => {
          if (turn === latest) this.send(run, 'update', id, bundle);
        });
      }
    };
    send(type, value);
    const handle: ValueHandle = {
      id,
      update: (next: unknown) => send('update', asText(next)),
      append: (mime, patch) => {
        if (run) this.outbox.output(run, { type: 'append', displayId: id, mime, patch: sentJson(patch, mime) });
      },
    };
    this.handles.set(handle, run);
    return handle;
  }

  private tryRender(value: unknown): Rendered {
    try {
      const rendered = render(value, this.tf);
      return rendered instanceof Promise
        ? rendered.then((bundle) => this.withFigure(bundle))
        : this.withFigure(rendered);
    } catch (error) {
      return failure(error);
    }
  }

  /** Figures may hold tensors; those of Vega carry a picture, which every reader shows. */
  private withFigure(bundle: MimeBundle): MimeBundle {
    const mime = Object.keys(bundle).find((each) => each === MIME_PLOTLY || VEGA.test(each));
    if (!mime) return bundle;
    const figure = figureOf(bundle[mime], this.tf);
    const whole = { ...bundle, [mime]: figure };
    if (mime === MIME_PLOTLY || !this.vega || bundle['image/svg+xml'] !== undefined) return whole;
    const isLite = mime.includes('vegalite');
    const svg = this.vega(figure, isLite);
    return {
      ...whole,
      'image/svg+xml': svg,
      'text/plain': bundle['text/plain'] ?? `${isLite ? 'Vega-Lite' : 'Vega'} figure`,
    };
  }

  private send(
    run: Run | undefined,
    type: 'display' | 'result' | 'update',
    displayId: string,
    bundle: MimeBundle,
  ): void {
    if (!run) {
      this.outbox.log('info', String(bundle['text/plain'] ?? Object.keys(bundle)));
      return;
    }
    let data: ReturnType<typeof sentBundle>;
    try {
      data = sentBundle(bundle);
    } catch (error) {
      data = sentBundle(failure(error));
    }
    this.outbox.output(run, { type, displayId, data });
  }
}

function failure(error: unknown): MimeBundle {
  return { 'text/plain': `This value could not be shown.\n${errorText(error)}` };
}

function asText(value: unknown): unknown {
  return typeof value === 'string' ? { 'text/plain': value } : value;
}
