import { textHash } from '../base/hash';
import { type NotebookCell, type NotebookDocument, numberedCells, type SavedOutput } from '../notebook/document';
import { isJsonMime } from '../notebook/mime-kind';
import { MIME_PROGRESS, MIME_TRAINING, type MimeBundle } from '../outputs/mime';
import { OutputError } from '../outputs/parse';
import { parseProgressOutput, progressLine } from '../outputs/progress';
import { parseTrainingOutput } from '../outputs/training-parse';
import { trainingSvg } from '../outputs/training-svg';
import { isSameElsewhere, isTimeStamp, type Moment, withoutVolatile } from './volatile';

/** One place where a rerun differs from what the notebook holds. */
export interface Difference {
  /** Where in the output: `output 2, image/png`, `epochLog.training.loss[3]`, `line 4`. */
  where: string;
  old: string;
  new: string;
}

export interface CellComparison {
  id: string;
  /** As `numberedCells` counts. */
  number: number;
  /** The first line of its source. */
  heading: string;
  differences: Difference[];
}

/** What differs in a cell and does not count: times and the like. */
export interface LeftOut {
  /** As `numberedCells` counts. */
  number: number;
  /** How many values. */
  count: number;
  /** The first of them. */
  old: string;
  new: string;
}

export interface Comparison {
  /** Those that differ. */
  cells: CellComparison[];
  /** One a cell where something was left out. */
  leftOut: LeftOut[];
}

export interface CompareOptions {
  /** How far numbers may lie apart, relative to the larger one (absolute below 1); a cell's tag `tolerance=0.001` goes first. */
  tolerance: number;
  /** Absolute paths of this machine that outputs may name: the notebook's folder, the home folder. */
  folders?: readonly string[];
}

/** What two outputs are compared by. */
interface Measure {
  tolerance: number;
  folders: readonly string[];
  /** When the two were made; absent where the file does not tell. */
  before: Moment | undefined;
  after: Moment | undefined;
  /** Takes what differs and does not count. */
  leaveOut(old: string, now: string): void;
}

/** Tag of cells whose outputs are not compared. */
export const VOLATILE_TAG = 'volatile';
/** More of them say nothing new. */
const MOST_DIFFERENCES = 20;

/** Compares what a notebook holds with what a rerun of it made, cell by cell; only cells that differ are told. */
export function compareOutputs(saved: NotebookDocument, rerun: NotebookDocument, options: CompareOptions): Comparison {
  const again = new Map(rerun.cells.map((cell) => [cell.id, cell]));
  const leftOut: LeftOut[] = [];
  const cells = numberedCells(saved.cells).flatMap(({ cell, number }) => {
    const other = again.get(cell.id);
    if (!other || cell.tags.includes(VOLATILE_TAG)) return [];
    const measure: Measure = {
      tolerance: toleranceOf(cell, options.tolerance),
      folders: options.folders ?? [],
      before: momentOf(saved, cell),
      after: momentOf(rerun, other),
      leaveOut(old, now) {
        const last = leftOut.at(-1);
        if (last?.number === number) last.count++;
        else leftOut.push({ number, count: 1, ...aroundDifference(old, now) });
      },
    };
    const differences = [...compareEnds(cell, other), ...compareCell(cell, other, measure)];
    return differences.length > 0 ? [{ id: cell.id, number, heading: headingOf(cell), differences }] : [];
  });
  return { cells, leftOut };
}

/** Whether a cell failed shows, also where its error is not among its outputs. */
function compareEnds({ execution: a }: NotebookCell, { execution: b }: NotebookCell): Difference[] {
  if (!a || !b || a.ok === b.ok) return [];
  const words = (ok: boolean) => (ok ? 'it succeeded' : 'it failed');
  return [{ where: 'how it ended', old: words(a.ok), new: words(b.ok) }];
}

export function headingOf({ source }: NotebookCell): string {
  return (
    source
      .split('\n')
      .find((line) => line.trim() !== '')
      ?.trim()
      .slice(0, 80) ?? '(empty)'
  );
}

function momentOf({ cells }: NotebookDocument, { execution }: NotebookCell): Moment | undefined {
  if (!execution) return undefined;
  const starts = cells.flatMap((cell) => cell.execution?.startedAt ?? []);
  return { from: starts.reduce((first, start) => Math.min(first, start)), to: execution.endedAt };
}

const TOLERANCE = /^tolerance=/;

/** A cell's tag that names a tolerance, but none that is a number. */
export function wrongTolerance({ tags }: NotebookCell): string | undefined {
  return tags.find((tag) => TOLERANCE.test(tag) && tagTolerance(tag) === undefined);
}

function tagTolerance(tag: string): number | undefined {
  const text = tag.replace(TOLERANCE, '').trim();
  const value = text === '' ? Number.NaN : Number(text);
  return value >= 0 && Number.isFinite(value) ? value : undefined;
}

function toleranceOf({ tags }: NotebookCell, standard: number): number {
  const tag = tags.find((text) => TOLERANCE.test(text));
  return (tag === undefined ? undefined : tagTolerance(tag)) ?? standard;
}

function compareCell(saved: NotebookCell, rerun: NotebookCell, measure: Measure): Difference[] {
  const found: Difference[] = [];
  const [before, after] = [mergedStreams(saved.outputs), mergedStreams(rerun.outputs)];
  for (let index = 0; index < Math.max(before.length, after.length) && found.length < MOST_DIFFERENCES; index++) {
    const [a, b] = [before[index], after[index]];
    const place = a ? placeOf(a, saved) : placeOf(b!, rerun);
    if (!a || !b) found.push({ where: place, old: a ? describe(a) : '(none)', new: b ? describe(b) : '(none)' });
    else compareOutput(place, a, b, measure, found);
  }
  return found.slice(0, MOST_DIFFERENCES);
}

/** An output as people count those of a cell, from 1; a stream by its name. */
const placeOf = (output: SavedOutput, { outputs }: NotebookCell): string =>
  output.type === 'stream' ? output.name : `output ${outputs.indexOf(output) + 1}`;

/** Streams arrive in pieces, and stdout and stderr in either order: each is one text. */
function mergedStreams(outputs: readonly SavedOutput[]): SavedOutput[] {
  const texts = { stdout: '', stderr: '' };
  const rest: SavedOutput[] = [];
  for (const output of outputs) {
    if (output.type === 'stream') texts[output.name] += output.text;
    else rest.push(output);
  }
  const streams = (['stdout', 'stderr'] as const).flatMap((name): SavedOutput[] =>
    texts[name] === '' ? [] : [{ type: 'stream', name, text: texts[name] }],
  );
  return [...streams, ...rest];
}

function compareOutput(place: string, a: SavedOutput, b: SavedOutput, measure: Measure, found: Difference[]): void {
  if (a.type === 'stream' && b.type === 'stream' && a.name === b.name) {
    compareTexts(`${a.name}, `, a.text, b.text, measure, found);
  } else if (a.type === 'error' && b.type === 'error') {
    compareTexts(`${place}, error, `, errorText(a), errorText(b), measure, found);
  } else if ('data' in a && 'data' in b) {
    const isTraining = MIME_TRAINING in a.data && MIME_TRAINING in b.data;
    const isProgress = MIME_PROGRESS in a.data && MIME_PROGRESS in b.data;
    for (const mime of new Set([...Object.keys(a.data), ...Object.keys(b.data)])) {
      if (isTraining && mime === 'image/svg+xml') {
        // Which steps have a point is a matter of time: compared are the values, and that the picture is theirs.
        if (isDrawnFromValues(b.data) && !isDrawnFromValues(a.data))
          found.push({
            where: `${place}, ${mime}`,
            old: 'not the picture of its own values',
            new: 'drawn from its values',
          });
        continue;
      }
      const [x, y] = isProgress
        ? [comparableProgress(a.data)[mime], comparableProgress(b.data)[mime]]
        : [a.data[mime], b.data[mime]];
      if (isTraining && mime === 'text/plain' && typeof x === 'string' && typeof y === 'string')
        compareTexts(`${place}, ${mime}, `, epochTable(x), epochTable(y), measure, found);
      else compareValues(`${place}, ${mime}`, mime, x, y, measure, found);
    }
  } else {
    found.push({ where: place, old: describe(a), new: describe(b) });
  }
}

/**
 * How far a loop came, as if it had taken no time: neither its seconds nor what its line makes of them, the rate and the time left,
 * are the same twice. A line that is not the one of the values beside it stays as it is.
 */
function comparableProgress(data: MimeBundle): MimeBundle {
  try {
    const progress = parseProgressOutput(data[MIME_PROGRESS]);
    const timeless = { ...progress, seconds: 0 };
    const isItsLine = data['text/plain'] === progressLine(progress);
    return { ...data, [MIME_PROGRESS]: timeless, ...(isItsLine && { 'text/plain': progressLine(timeless) }) };
  } catch (error) {
    if (error instanceof OutputError) return data;
    throw error;
  }
}

function isDrawnFromValues({ [MIME_TRAINING]: values, 'image/svg+xml': svg }: MimeBundle): boolean {
  try {
    return svg === trainingSvg(parseTrainingOutput(values));
  } catch (error) {
    if (error instanceof OutputError) return false;
    throw error;
  }
}

const errorText = (output: SavedOutput & { type: 'error' }) => `${output.error.name}: ${output.error.message}`;

function compareValues(
  where: string,
  mime: string,
  a: unknown,
  b: unknown,
  measure: Measure,
  found: Difference[],
): void {
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    if (a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0) return;
    found.push({ where, old: shown(a), new: shown(b) });
  } else if (typeof a === 'string' && typeof b === 'string' && !isJsonMime(mime)) {
    compareTexts(`${where}, `, a, b, measure, found);
  } else {
    const [x, y] = mime === MIME_TRAINING ? comparableTrainings(a, b) : [a, b];
    compareJson(where, x, y, measure, found);
  }
}

/** A training's table without its column of seconds and the line on what ran it. */
function epochTable(text: string): string {
  return text
    .split('\n')
    .filter((_line, index) => index !== 1)
    .map((line) => line.replace(/^(\s*\*?\s*\d+\s+)[\d.]+\s+/, '$1').replace(/\s+/g, ' '))
    .join('\n');
}

/**
 * Trainings without how long epochs took and the words on what ran them, which are of the machine and of the day. Which
 * steps have a point in the curves is a matter of time too: the curves are compared where both have one.
 */
function comparableTrainings(a: unknown, b: unknown): [unknown, unknown] {
  if (!isTrainingLike(a) || !isTrainingLike(b)) return [a, b];
  const inA = new Set(a.steps.step);
  const common = new Set(b.steps.step.filter((step) => inA.has(step)));
  const comparable = ({ runtime: _runtime, epochLog, steps, ...rest }: TrainingLike) => {
    const { seconds: _seconds, ...log } = epochLog;
    const kept = steps.step.flatMap((step, index) => (common.has(step) ? [index] : []));
    const at = (series: unknown[]) =>
      Object.fromEntries(kept.map((index) => [`step ${steps.step[index]}`, series[index]]));
    const values = Object.entries(steps.values).map(([name, series]) => [name, at(series)]);
    return {
      ...rest,
      epochLog: log,
      steps: { step: kept.map((index) => steps.step[index]), values: Object.fromEntries(values) },
    };
  };
  return [comparable(a), comparable(b)];
}

interface TrainingLike {
  runtime?: unknown;
  epochLog: { [field: string]: unknown };
  steps: { step: unknown[]; values: { [metric: string]: unknown[] } };
}

function isTrainingLike(value: unknown): value is TrainingLike {
  const { epochLog, steps } = (isObject(value) ? value : {}) as Partial<TrainingLike>;
  const isSeries = isObject(steps) && Array.isArray(steps.step) && isObject(steps.values);
  return isObject(epochLog) && isSeries && Object.values(steps.values).every(Array.isArray);
}

function compareJson(where: string, a: unknown, b: unknown, measure: Measure, found: Difference[]): void {
  if (found.length >= MOST_DIFFERENCES || Object.is(a, b)) return;
  if (typeof a === 'number' && typeof b === 'number') {
    const areTimes = isTimeStamp(a, measure.before) && isTimeStamp(b, measure.after);
    if (isNear(a, b, measure.tolerance)) return;
    if (areTimes) measure.leaveOut(String(a), String(b));
    else found.push({ where, old: String(a), new: String(b) });
  } else if (typeof a === 'string' && typeof b === 'string') {
    const exactly = NUMBER_ALONE.test(a) && NUMBER_ALONE.test(b);
    compareTexts(`${where}, `, a, b, exactly ? { ...measure, tolerance: 0 } : measure, found);
  } else if (isObject(a) && isObject(b) && Array.isArray(a) === Array.isArray(b)) {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const inner = Array.isArray(a) ? `${where}[${key}]` : `${where}.${key}`;
      compareJson(inner, (a as Fields)[key], (b as Fields)[key], measure, found);
    }
  } else {
    found.push({ where, old: shown(a), new: shown(b) });
  }
}

type Fields = { [key: string]: unknown };
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Zero asks for the same number; otherwise the distance counts against the larger of the two, or against 1. */
function isNear(a: number, b: number, tolerance: number): boolean {
  if (!Number.isFinite(a) || !Number.isFinite(b)) return Object.is(a, b);
  return a === b || Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b));
}

/** Line by line; numbers within the tolerance, times and places of a machine as such. */
function compareTexts(where: string, a: string, b: string, measure: Measure, found: Difference[]): void {
  if (a === b) return;
  const [before, after] = [a, b].map((text) => text.replace(/\n$/, '').split('\n')) as [string[], string[]];
  const foundBefore = found.length;
  for (let line = 0; line < Math.max(before.length, after.length) && found.length < MOST_DIFFERENCES; line++) {
    const [old, now] = [before[line], after[line]];
    if (old === now || (old !== undefined && now !== undefined && sameLine(old, now, measure))) continue;
    found.push({ where: `${where}line ${line + 1}`, ...aroundDifference(old ?? '(none)', now ?? '(none)') });
  }
  if (found.length === foundBefore && a.endsWith('\n') !== b.endsWith('\n'))
    found.push({ where: `${where}the end`, old: JSON.stringify(a.slice(-20)), new: JSON.stringify(b.slice(-20)) });
}

function sameLine(a: string, b: string, measure: Measure): boolean {
  const [saved, rerun]: [string[], string[]] = [[], []];
  const [old, now] = [withoutVolatile(a, measure.before, saved), withoutVolatile(b, measure.after, rerun)];
  const isElsewhere = old !== now && isSameElsewhere(old, now, measure.folders);
  if (old !== now && !isElsewhere && !isWithin(old, now, measure.tolerance)) return false;
  saved.forEach((text, index) => {
    if (text !== rerun[index]) measure.leaveOut(text, rerun[index] ?? '(none)');
  });
  if (isElsewhere) measure.leaveOut(old, now);
  return true;
}

/** Whether two lines are the same but for numbers within the tolerance. */
function isWithin(old: string, now: string, tolerance: number): boolean {
  if (tolerance === 0) return false;
  const [words, otherWords] = [old.split(NUMBER), now.split(NUMBER)];
  const [numbers, otherNumbers] = [old.match(NUMBER) ?? [], now.match(NUMBER) ?? []];
  return (
    words.length === otherWords.length &&
    words.every((word, index) => word === otherWords[index]) &&
    numbers.every((number, index) => isNear(Number(number), Number(otherNumbers[index]), tolerance))
  );
}

/** A number that stands for itself: not the digits of a name (`u101`), of a date, a time or a version. */
const NUMBER = /(?<![\w.]|\d[-/:])[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?(?!\w*\d|\.\d|[-/:]\d)/gi;
/** A text that is nothing but a number is an id, or a number that JSON cannot hold. */
const NUMBER_ALONE = /^\s*[+-]?[\d.]+(?:e[+-]?\d+)?\s*$/i;

function describe(output: SavedOutput): string {
  if (output.type === 'stream') return cut(`${output.name}: ${output.text}`);
  if (output.type === 'error') return cut(errorText(output));
  const { 'text/plain': text } = output.data;
  return typeof text === 'string' ? cut(text) : `(${Object.keys(output.data).join(', ')})`;
}

function shown(value: unknown): string {
  if (value === undefined) return '(none)';
  if (value instanceof Uint8Array)
    return `${value.length} bytes, SHA-256 ${textHash(Buffer.from(value).toString('base64')).slice(0, 12)}`;
  return cut(JSON.stringify(value) ?? String(value));
}

/** Of long lines the part where they begin to differ. */
function aroundDifference(old: string, now: string): { old: string; new: string } {
  let same = 0;
  while (same < old.length && old[same] === now[same]) same++;
  const start = old.length > 300 || now.length > 300 ? Math.max(0, same - 60) : 0;
  const part = (text: string) => (start > 0 ? `…${cut(text.slice(start))}` : cut(text));
  return { old: part(old), new: part(now) };
}

const cut = (text: string): string => (text.length > 300 ? `${text.slice(0, 299)}…` : text);
