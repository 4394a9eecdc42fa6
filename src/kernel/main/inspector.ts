import type * as TensorFlow from '@tensorflow/tfjs';
import type { Table } from '../../din/data/table';
import type { InspectParams, InspectResult, TensorsAlive, VariableInfo } from '../../outputs/inspect';
import { errorText } from '../display/render';
import { detailOf } from '../inspect/detail';
import { trustClasses } from '../inspect/preview';
import { type Pageable, Pager, pageable } from '../inspect/tables';
import { isDisposable, type Known, variableInfo } from '../inspect/variable';
import type { Evaluator } from './evaluator';
import type { Runs } from './runs';

/** How long variables are read at a time, in ms: a cell that is to run waits no longer. */
const SLICE_MS = 3;
/** Names of a notebook beyond these are not read. */
const MOST = 10_000;

// User code may replace the globals.
const afterThisTurn = setImmediate;
const now = performance.now.bind(performance);

/** Answers what the host asks of the variables, between cells and in small slices, so that no cell waits for it. */
export class Inspector {
  private known: Known | undefined;
  private readonly pager = new Pager();
  private readonly before = new Set<string>();
  private readonly left = new Map<number, { cell: number; tensors: number }>();
  /** Where each name comes in the list. */
  private readonly ranks = new Map<string, number>();

  constructor(
    private readonly evaluator: Evaluator,
    private readonly runs: Pick<Runs, 'isBusy'>,
    /** Has TensorFlow and the library loaded, which calls `ready`. */
    private readonly load: () => void,
  ) {}

  /** What is in the global scope now is none of the notebook's. */
  begin(): void {
    for (const name of Object.getOwnPropertyNames(globalThis)) this.before.add(name);
  }

  /** Does what may add to the global scope: nothing of that is a variable of the notebook's. */
  readonly apart = <T>(work: () => T): T => {
    const before = new Set(Object.getOwnPropertyNames(globalThis));
    try {
      return work();
    } finally {
      for (const name of Object.getOwnPropertyNames(globalThis)) if (!before.has(name)) this.before.add(name);
    }
  };

  /** TensorFlow and the library are loaded. */
  ready(tf: typeof TensorFlow, din: object): void {
    this.known = { tf, Table: (din as { data: { Table: typeof Table } }).data.Table };
    trustClasses(din);
    trustClasses(tf);
  }

  /** How many tensors there are now: what a cell leaves is the difference. */
  tensors(): number {
    return this.known?.tf.memory().numTensors ?? 0;
  }

  /** A cell has ended, and there were so many tensors when it began. */
  ended(cell: number, before: number): void {
    const tensors = this.tensors() - before;
    if (tensors > 0) this.left.set(cell, { cell, tensors });
  }

  /** Calls `reply` once. */
  answer(params: InspectParams, reply: (result: InspectResult) => void): void {
    const fail = (error: unknown) => reply({ ok: false, message: errorText(error).split('\n')[0]! });
    try {
      if (this.runs.isBusy) {
        reply({ ok: false, busy: true });
        return;
      }
      this.load();
      if (params.what === 'variables') this.variables(reply, fail);
      else reply(this.one(params, this.known!));
    } catch (error) {
      fail(error);
    }
  }

  private variables(reply: (result: InspectResult) => void, fail: (error: unknown) => void): void {
    const names = this.inOrder(this.names()).slice(0, MOST);
    const read = this.evaluator.readers(names);
    const variables: VariableInfo[] = [];
    let at = 0;
    const slice = () => {
      try {
        if (this.runs.isBusy) {
          reply({ ok: false, busy: true });
          return;
        }
        const until = now() + SLICE_MS;
        while (at < names.length && now() < until) {
          const value = read[at]!();
          if (value !== undefined) variables.push(variableInfo(names[at]!, value.it, this.known!));
          at++;
        }
        if (at < names.length) afterThisTurn(slice);
        else reply({ ok: 'variables', variables, tensors: this.alive() });
      } catch (error) {
        fail(error);
      }
    };
    slice();
  }

  private alive(): TensorsAlive {
    const { numTensors, numBytes } = this.known!.tf.memory();
    return { count: numTensors, bytes: numBytes, left: [...this.left.values()] };
  }

  private names(): string[] {
    const added = Object.getOwnPropertyNames(globalThis).filter((name) => !this.before.has(name) && isVisible(name));
    return [...this.evaluator.lexicalNames().filter(isVisible), ...added];
  }

  /** As they were declared; many that come at once by name, as the engine has so many in no order. */
  private inOrder(names: string[]): string[] {
    const fresh = names.filter((name) => !this.ranks.has(name));
    if (fresh.length > IN_ORDER) fresh.sort(BY_NAME.compare);
    for (const name of fresh) this.ranks.set(name, this.ranks.size);
    return names.sort((one, other) => this.ranks.get(one)! - this.ranks.get(other)!);
  }

  private one(params: Exclude<InspectParams, { what: 'variables' }>, known: Known): InspectResult {
    const { name, what } = params;
    const [read] = this.names().includes(name) ? this.evaluator.readers([name]) : [];
    const found = read?.();
    if (!found) return { ok: false, message: `There is no variable '${name}' any more.` };
    const value = found.it;
    if (what === 'dispose') {
      if (typeof value !== 'object' || value === null || !isDisposable(value)) {
        return { ok: false, message: `'${name}' holds nothing that can be disposed of.` };
      }
      (value as { dispose(): void }).dispose();
      return { ok: 'disposed' };
    }
    const table: Pageable | undefined = pageable(value, known.Table);
    if (what === 'detail')
      return { ok: 'detail', bundle: table ? {} : detailOf(value, known), ...(table ? { table: table.output } : {}) };
    if (!table) return { ok: false, message: `'${name}' is no table any more.` };
    return { ok: 'page', page: this.pager.page(value as object, table, params.query) };
  }
}

/** So many names of one cell the engine keeps as they were declared. */
const IN_ORDER = 64;
/** `v2` before `v10`. */
const BY_NAME = new Intl.Collator('en', { numeric: true });

const isVisible = (name: string) => !name.startsWith('__dinnb');
