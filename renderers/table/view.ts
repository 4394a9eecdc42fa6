import { formatCount } from '../../src/outputs/format';
import type { PageQuery, TablePage } from '../../src/outputs/inspect';
import { type Scalar, scalarText, type TableOutput, tableHeading } from '../../src/outputs/table';
import { filterProblem, findRows, type TableQuery } from '../../src/outputs/table-query';
import { button, h } from '../shared/dom';
import type { View } from '../shared/mounts';

/** Where the rows are: in the output, or in a kernel. */
export type RowSource = (query: PageQuery) => TablePage | Promise<TablePage>;

export interface TableSettings {
  query: TableQuery;
  start: number;
}

const PAGE = 25;

/** The rows that an output keeps. */
export function storedRows({ columns }: TableOutput): RowSource {
  const named = columns.map(({ name, values }) => ({ name, length: values.length, at: (row: number) => values[row]! }));
  let last: { key: string; rows: Uint32Array } | undefined;
  return ({ start, count, ...query }) => {
    const key = JSON.stringify(query);
    if (last?.key !== key) last = { key, rows: findRows(named, query) };
    const numbers = Array.from(last.rows.subarray(start, start + count));
    const problem = last.rows.length === 0 ? filterProblem(named, query.filter) : undefined;
    return { found: last.rows.length, problem, numbers, rows: numbers.map((row) => named.map(({ at }) => at(row))) };
  };
}

export interface TableViewOptions {
  /** What was chosen when the table was last seen. */
  settings?: TableSettings | undefined;
  onSettings?(settings: TableSettings): void;
  /** Whether the source has all rows of the table, not just those of the output. */
  whole?: boolean;
  /** Instead of the number of rows and columns. */
  heading?(table: TableOutput): string;
  /** Instead of the value. */
  format?(value: Scalar, column: number): string;
  /** The first column opens its row. */
  open?(row: Scalar[]): void;
}

/** A table in a page: sorted by its headings, filtered, a page at a time. */
export class TableView implements View<TableOutput> {
  private readonly root = h('div', { role: 'group', class: 'dinnb dinnb-table' });
  private readonly heading = h('span', { class: 'dinnb-table-size' });
  private readonly filter = h('input', { type: 'search', placeholder: 'Filter', spellcheck: 'false' });
  private readonly head = h('tr');
  private readonly body = h('tbody');
  private readonly place = h('span', { role: 'status' });
  private readonly note = h('div', { class: 'dinnb-note' });
  private readonly back = button('Previous', () => this.go(this.start - PAGE));
  private readonly forth = button('Next', () => this.go(this.start + PAGE));
  private readonly buttons: HTMLButtonElement[] = [];
  private query: TableQuery;
  private start: number;
  private asked = 0;
  private disposed = false;

  constructor(
    element: HTMLElement,
    private rows: RowSource,
    private table: TableOutput,
    private readonly options: TableViewOptions = {},
  ) {
    const { settings } = options;
    this.query = settings?.query ?? {};
    this.start = settings?.start ?? 0;
    this.filter.setAttribute('aria-label', 'Rows that contain this text, or a condition as: price > 3');
    this.filter.title = 'A text, or a condition such as: price > 3';
    this.filter.value = this.query.filter ?? '';
    this.filter.addEventListener('input', () => this.change({ ...this.query, filter: this.filter.value }));
    const bar = h('div', { class: 'dinnb-bar' }, this.heading, h('span', { class: 'dinnb-group' }, this.filter));
    const scroller = h('div', { class: 'dinnb-scroller', tabindex: 0, role: 'group', 'aria-label': 'Table' });
    scroller.append(h('table', {}, h('thead', {}, this.head), this.body));
    const pager = h('div', { class: 'dinnb-bar' }, this.back, this.forth, this.place);
    this.root.append(bar, scroller, pager, this.note);
    element.append(this.root);
    this.setTable(table);
  }

  update(table: TableOutput): void {
    this.rows = storedRows(table);
    this.setTable(table);
  }

  /** Another state of the same table, from the same source. */
  setTable(table: TableOutput): void {
    this.table = table;
    if (this.query.sort && this.query.sort.column >= table.columns.length)
      this.query = { ...this.query, sort: undefined! };
    const heading = this.options.heading?.(table) ?? tableHeading(table);
    this.heading.textContent = heading;
    this.root.setAttribute('aria-label', heading);
    this.buttons.length = 0;
    const corner = h('th', { scope: 'col' }, h('span', { class: 'dinnb-hidden' }, 'row'));
    this.head.replaceChildren(...(this.options.open ? [] : [corner]));
    table.columns.forEach(({ name, type }, column) => {
      const sort = button(name, () => this.sortBy(column));
      if (type && !this.options.heading) sort.append(h('small', {}, type));
      this.buttons.push(sort);
      this.head.append(h('th', { scope: 'col' }, sort));
    });
    void this.show();
  }

  dispose(): void {
    this.disposed = true;
    this.root.remove();
  }

  /** Up, down, and as the rows came. */
  private sortBy(column: number): void {
    const { sort, ...rest } = this.query;
    if (sort?.column !== column) this.change({ ...rest, sort: { column, descending: false } });
    else this.change(sort.descending ? rest : { ...rest, sort: { column, descending: true } });
  }

  private change(query: TableQuery): void {
    this.query = query;
    this.go(0);
  }

  private go(start: number): void {
    this.start = Math.max(0, start);
    this.options.onSettings?.({ query: this.query, start: this.start });
    void this.show();
  }

  private async show(): Promise<void> {
    const turn = ++this.asked;
    let page: TablePage;
    try {
      const answer = this.rows({ ...this.query, start: this.start, count: PAGE });
      page = answer instanceof Promise ? await answer : answer;
    } catch (error) {
      if (turn === this.asked) this.note.textContent = error instanceof Error ? error.message : String(error);
      return;
    }
    // Typing asks faster than a kernel answers: only the last question counts.
    if (turn !== this.asked || this.disposed) return;
    // The table has become shorter than where it was paged to.
    if (page.rows.length === 0 && page.found > 0 && this.start > 0)
      this.go(PAGE * Math.floor((Math.min(page.found, this.start) - 1) / PAGE));
    else this.draw(page);
  }

  private draw({ found, problem = 'No row', numbers, rows }: TablePage): void {
    const { columns } = this.table;
    const numeric = columns.map(({ type }) => type === 'number');
    const { open, format } = this.options;
    const cell = (row: Scalar[], value: Scalar, column: number) => {
      const text = format?.(value, column) ?? scalarText(value);
      const title = String(value) === text ? undefined : String(value ?? '');
      const content = open && column === 0 ? button(text, () => open(row)) : text;
      return h('td', { class: numeric[column] ? 'dinnb-number' : '', title }, content);
    };
    this.body.replaceChildren(
      ...rows.map((row, index) =>
        h(
          'tr',
          {},
          ...(open ? [] : [h('th', { scope: 'row' }, String(numbers[index]))]),
          ...row.map((value, column) => cell(row, value, column)),
        ),
      ),
    );
    const { sort } = this.query;
    this.buttons.forEach((each, column) => {
      const order = sort?.column !== column ? 'none' : sort.descending ? 'descending' : 'ascending';
      each.parentElement!.setAttribute('aria-sort', order);
    });
    const to = this.start + rows.length;
    this.place.textContent =
      found === 0 ? problem : `${formatCount(this.start + 1)} to ${formatCount(to)} of ${formatCount(found)}`;
    this.back.disabled = this.start === 0;
    this.forth.disabled = to >= found;
    this.note.textContent = this.limits();
  }

  /** What is not there. */
  private limits(): string {
    const { rows, columns, columnCount = columns.length } = this.table;
    const stored = columns[0]?.values.length ?? 0;
    const notes: string[] = [];
    if (!this.options.whole && stored < rows) {
      notes.push(`The output keeps the first ${formatCount(stored)} rows: sorting and filtering are of these.`);
    }
    if (columns.length < columnCount) notes.push(`The first ${columns.length} columns are shown.`);
    return notes.join(' ');
  }
}
