// A bundle of its own, which the kernel loads when the first figure of Vega is shown: as large as the rest of the kernel.
import * as vega from 'vega';
import { type Loader, parse, type Spec, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

/** Rows beyond these would keep the kernel busy for minutes. */
const MOST_ROWS = 1_000_000;

type Fields = { [name: string]: unknown };
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

/** Nothing is fetched: not by data, not by pictures. Nobody is led elsewhere: a link is drawn as what it stands on. */
const NO_LOADER = {
  load: () => Promise.reject(new Error('nothing is fetched')),
  sanitize: (uri: string, { context }: { context?: string } = {}) => {
    if (context === 'href') return Promise.resolve({});
    return uri.startsWith('data:image/')
      ? Promise.resolve({ href: uri })
      : Promise.reject(new Error('nothing is fetched'));
  },
  http: () => Promise.reject(new Error('nothing is fetched')),
  file: () => Promise.reject(new Error('nothing is read')),
} as unknown as Loader;

/** What makes numbers of its own could make more than there is memory for. @throws Error for too many */
function checkSequence(start: number, stop?: number, step = 1): void {
  const count = Math.ceil((stop === undefined ? start : stop - start) / step);
  if (count > MOST_ROWS) throw new Error(`A sequence of ${count} numbers is more than can be drawn (${MOST_ROWS}).`);
}

interface SequenceNode {
  transform(params: { start: number; stop: number; step?: number }, pulse: unknown): unknown;
}
const sequences = (vega.transforms as unknown as { sequence: { prototype: SequenceNode } }).sequence.prototype;
const { transform } = sequences;
sequences.transform = function (this: SequenceNode, params, pulse) {
  checkSequence(params.start, params.stop, params.step || 1);
  return transform.call(this, params, pulse);
};
type Sequence = (start: number, stop?: number, step?: number) => number[];
const numbers = (vega.expressionFunction as (name: string) => unknown)('sequence') as Sequence;
vega.expressionFunction('sequence', (...range: Parameters<Sequence>) => {
  checkSequence(...range);
  return numbers(...range);
});

/** @throws Error for data that would be fetched, and for too much of it */
function checkData(spec: unknown): void {
  if (!isFields(spec)) return;
  for (const source of Array.isArray(spec.data) ? (spec.data as unknown[]) : []) {
    if (!isFields(source)) continue;
    if (source.url !== undefined) {
      const url = typeof source.url === 'string' ? source.url : 'an address';
      throw new Error(
        `The figure reads its data from ${url}: nothing is fetched. Read it in a cell and give the rows as data.values.`,
      );
    }
    if (Array.isArray(source.values) && source.values.length > MOST_ROWS) {
      throw new Error(
        `The figure has ${source.values.length} rows, more than can be drawn (${MOST_ROWS}): aggregate or sample them.`,
      );
    }
  }
  for (const mark of Array.isArray(spec.marks) ? (spec.marks as unknown[]) : []) checkData(mark);
}

const MARKS = [
  ...['arc', 'area', 'bar', 'boxplot', 'circle', 'errorband', 'errorbar', 'geoshape', 'image', 'line', 'point', 'rect'],
  ...['rule', 'square', 'text', 'tick', 'trail'],
];

/** The parts of a figure that are figures. */
const PARTS = ['layer', 'concat', 'hconcat', 'vconcat', 'spec'];

/** @throws Error for a mark that Vega-Lite does not know, at which it fails without saying so */
function checkMarks(spec: unknown, path: string): void {
  if (!isFields(spec)) return;
  const mark = isFields(spec.mark) ? spec.mark.type : spec.mark;
  if (mark !== undefined && !MARKS.includes(mark as string)) {
    const place = isFields(spec.mark) ? `${path}.mark.type` : `${path}.mark`;
    throw new Error(`${place} is ${JSON.stringify(mark)}, which is no mark of Vega-Lite: it has ${MARKS.join(', ')}.`);
  }
  for (const part of PARTS) {
    const within = spec[part];
    if (!Array.isArray(within)) checkMarks(within, `${path}.${part}`);
    else for (const [at, each] of within.entries()) checkMarks(each, `${path}.${part}[${at}]`);
  }
}

/** Fields whose texts are expressions, in Vega or Vega-Lite; `filter` may be a predicate instead. */
const EXPRESSIONS = ['calculate', 'expr', 'filter', 'init', 'labelExpr', 'signal', 'test', 'update'];

/** The first expression that is none of Vega's, which has no words such as `new` and `typeof`, no functions and no assignments. */
function wrongExpression(spec: unknown, path: string): string | undefined {
  if (!isFields(spec)) return undefined;
  for (const [name, value] of Object.entries(spec)) {
    const place = Array.isArray(spec) ? `${path}[${name}]` : `${path}.${name}`;
    const wrong =
      typeof value === 'string' && EXPRESSIONS.includes(name) && !isExpression(value)
        ? `${place} is ${JSON.stringify(value)}, which is no expression of Vega`
        : wrongExpression(value, place);
    if (wrong) return wrong;
  }
  return undefined;
}

function isExpression(text: string): boolean {
  try {
    vega.parseExpression(text);
    return true;
  } catch {
    return false; // what the caller tells
  }
}

/** @throws Error where Vega-Lite stumbles over what it did not expect */
function compiled(spec: Fields, logger: object): Spec {
  checkMarks(spec, 'figure');
  try {
    return compile(spec as unknown as TopLevelSpec, { logger: logger as never }).spec as Spec;
  } catch (error) {
    throw misunderstood('Vega-Lite', spec, error);
  }
}

function misunderstood(who: string, spec: unknown, error: unknown): Error {
  const reason = wrongExpression(spec, 'figure') ?? (error instanceof Error ? error.message : String(error));
  return new Error(
    `${who} does not understand the figure (${reason}): compare its mark, encoding and data with an example of ${who}.`,
  );
}

function parsed(whole: Spec, given: Fields, isLite: boolean): vega.Runtime {
  try {
    return parse(whole);
  } catch (error) {
    throw misunderstood(isLite ? 'Vega-Lite' : 'Vega', given, error);
  }
}

/**
 * A figure of Vega or Vega-Lite as a picture (SVG).
 * @throws Error that says what is wrong with it
 */
export function vegaSvg(spec: unknown, isLite: boolean): string {
  if (!isFields(spec)) throw new Error('A figure of Vega must be an object.');
  const problems: string[] = [];
  const logger = {
    level: () => logger,
    error: (...words: unknown[]) => (problems.push(words.map(String).join(' ')), logger),
    warn: () => logger,
    info: () => logger,
    debug: () => logger,
  };
  if (isLite) checkData({ data: [spec.data] });
  const whole = isLite ? compiled(spec, logger) : (spec as Spec);
  checkData(whole);
  const view = new View(parsed(whole, spec, isLite), { renderer: 'none', loader: NO_LOADER, logger: logger as never });
  try {
    view.run();
    if (problems.length > 0) throw new Error(problems[0]);
    return drawn(view);
  } finally {
    view.finalize();
  }
}

/** As `View.toSVG` does, but at once: a cell's outputs are complete when it ends. */
function drawn(view: View): string {
  const { _viewWidth, _viewHeight, _origin } = view as unknown as {
    _viewWidth: number;
    _viewHeight: number;
    _origin: number[];
  };
  const { left, right, top, bottom } = view.padding() as { left: number; right: number; top: number; bottom: number };
  // Exported, and missing in its declarations.
  const { SVGStringRenderer } = vega as unknown as { SVGStringRenderer: new (loader: Loader) => Drawer };
  const renderer = new SVGStringRenderer(NO_LOADER);
  const offset = [left + _origin[0]!, top + _origin[1]!];
  const svg = renderer
    .initialize(null, Math.max(0, _viewWidth + left + right), Math.max(0, _viewHeight + top + bottom), offset, 1)
    .background(view.background())
    .render((view.scenegraph() as unknown as { root: unknown }).root)
    .svg();
  return svg.replace(/<[^>]*>/g, (tag) => tag.replace(ELSEWHERE, 'none'));
}

/** A colour may be an address, `url(https://...)`, which whoever shows the picture would fetch; `url(#name)` is a place of its own. */
const ELSEWHERE = /url\((?!\s*(?:&quot;|['"])?#)[^)]*\)?/gi;

interface Drawer {
  initialize(element: null, width: number, height: number, origin: number[], scale: number): Drawer;
  background(color: unknown): Drawer;
  render(scene: unknown): Drawer;
  svg(): string;
}
