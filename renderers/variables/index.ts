import type { ActivationFunction, OutputItem, RendererApi } from 'vscode-notebook-renderer';
import { formatCount } from '../../src/outputs/format';
import type {
  FromPage,
  InspectParams,
  InspectResult,
  TensorsAlive,
  ToPage,
  VariableInfo,
} from '../../src/outputs/inspect';
import { MIME_ATTENTION, MIME_PLOTLY, MIME_TABLE, MIME_TRAINING, type MimeBundle } from '../../src/outputs/mime';
import type { Scalar, TableOutput } from '../../src/outputs/table';
import { button, h } from '../shared/dom';
import { ensureStyle } from '../shared/style';
import { storedRows, TableView } from '../table/view';

export interface VariablesHost {
  postMessage(message: FromPage): void;
}

/** What of a bundle is drawn, the richest first; text is shown beside a figure. */
const DRAWN = [MIME_TRAINING, MIME_ATTENTION, MIME_TABLE, MIME_PLOTLY, 'application/json'];
const COLUMNS = ['name', 'type', 'shape', 'size', 'preview'];

/** `3.8 MB`. */
function sizeText(bytes: Scalar): string {
  if (typeof bytes !== 'number') return '';
  if (bytes < 1000) return `${bytes} B`;
  const power = bytes < 1e6 ? 1 : bytes < 1e9 ? 2 : 3;
  return `${(bytes / 1000 ** power).toPrecision(3)} ${['kB', 'MB', 'GB'][power - 1]}`;
}

function listOf(variables: VariableInfo[]): TableOutput {
  const values: Scalar[][] = [
    variables.map(({ name }) => name),
    variables.map(({ type }) => type),
    variables.map(({ shape }) => shape),
    variables.map(({ bytes }) => bytes),
    variables.map(({ preview }) => preview),
  ];
  const columns = COLUMNS.map((name, column) => ({
    name,
    type: column === 3 ? 'number' : '',
    values: values[column]!,
  }));
  return { version: 1, rows: variables.length, columns: columns.map((each) => ({ ...each, type: each.type })) };
}

function aliveText({ count, bytes, left }: TensorsAlive): string {
  const leaks = left.slice(-5).map(({ cell, tensors }) => `cell ${cell} left ${formatCount(tensors)}`);
  const alive = `${formatCount(count)} tensor${count === 1 ? '' : 's'} alive, ${sizeText(bytes)}`;
  return leaks.length > 0 ? `${alive} (${leaks.join(', ')})` : alive;
}

/** The page of the Variables view: all variables, and one of them in detail. */
export class VariablesPage {
  private readonly status = h('div', { class: 'dinnb-note', role: 'status' });
  private readonly list = h('div', { class: 'dinnb-variables-list' });
  private readonly detail = h('section', {
    class: 'dinnb dinnb-variables-detail',
    'aria-label': 'Variable',
    hidden: true,
  });
  private readonly waiting = new Map<number, (result: InspectResult) => void>();
  private readonly draw: RendererApi | Promise<RendererApi>;
  private table: TableView | undefined;
  private variables: VariableInfo[] = [];
  private opened: { name: string; table?: TableView } | undefined;
  private next = 0;

  constructor(
    private readonly host: VariablesHost,
    activate: ActivationFunction<{ settings?: { [key: string]: unknown } }>,
  ) {
    ensureStyle();
    let state: object | undefined;
    this.draw = activate({
      getState: () => state as never,
      setState: (next) => {
        state = next;
      },
      getRenderer: async () => undefined,
      workspace: { isTrusted: true },
    }) as RendererApi;
    document.body.append(h('main', { class: 'dinnb-variables' }, h('div', {}, this.status, this.list), this.detail));
    addEventListener('message', ({ data }) => this.receive(data as ToPage));
    host.postMessage({ type: 'ready' });
  }

  private receive(message: ToPage): void {
    if (message.type === 'answer') {
      this.waiting.get(message.id)?.(message.result);
      this.waiting.delete(message.id);
    } else if (message.type === 'none') {
      this.status.textContent = message.message;
      this.table?.dispose();
      this.table = undefined;
      this.close();
    } else this.show(message);
  }

  private show({ notebook, variables, tensors }: ToPage & { type: 'variables' }): void {
    this.variables = variables;
    this.status.textContent = `${notebook}: ${aliveText(tensors)}`;
    const output = listOf(variables);
    if (this.table) this.table.update(output);
    else {
      this.table = new TableView(this.list, storedRows(output), output, {
        heading: ({ rows }) => `${formatCount(rows)} variable${rows === 1 ? '' : 's'}`,
        format: (value, column) => (column === 3 ? sizeText(value) : String(value ?? '')),
        open: ([name]) => void this.open(String(name)),
      });
    }
    const { opened } = this;
    if (!opened) return;
    if (variables.some(({ name }) => name === opened.name)) void this.open(opened.name);
    else this.close();
  }

  private ask(params: InspectParams): Promise<InspectResult> {
    const id = this.next++;
    this.host.postMessage({ type: 'ask', id, params });
    return new Promise((resolve) => this.waiting.set(id, resolve));
  }

  private async open(name: string): Promise<void> {
    const result = await this.ask({ what: 'detail', name });
    if (result.ok === 'detail' && result.table && this.opened?.name === name && this.opened.table) {
      this.opened.table.setTable(result.table); // where it was scrolled, sorted and filtered to
      return;
    }
    this.close();
    this.opened = { name };
    const info = this.variables.find((each) => each.name === name);
    const heading = h(
      'div',
      { class: 'dinnb-bar' },
      h('h2', {}, name),
      h('span', { class: 'dinnb-facts' }, info?.type ?? ''),
    );
    if (info?.disposable) heading.append(button('Dispose', () => void this.dispose(name)));
    heading.append(button('Close', () => this.close()));
    const body = h('div');
    this.detail.replaceChildren(heading, body);
    this.detail.hidden = false;
    this.detail.setAttribute('aria-label', `Variable ${name}`);
    if (result.ok === 'detail') this.drawDetail(name, body, result);
    else body.append(h('div', { class: 'dinnb-error', role: 'alert' }, reason(result)));
  }

  private drawDetail(name: string, body: HTMLElement, { bundle, table }: InspectResult & { ok: 'detail' }): void {
    if (table && this.opened) {
      const rows = async (query: (InspectParams & { what: 'page' })['query']) => {
        const result = await this.ask({ what: 'page', name, query });
        if (result.ok === 'page') return result.page;
        throw new Error(reason(result));
      };
      this.opened.table = new TableView(body, rows, table, { whole: true });
      return;
    }
    void this.drawBundle(body, bundle);
  }

  private async drawBundle(body: HTMLElement, bundle: MimeBundle): Promise<void> {
    const mime = DRAWN.find((each) => bundle[each] !== undefined);
    const text = bundle['text/plain'];
    if (typeof text === 'string' && (!mime || mime === MIME_PLOTLY)) body.append(h('pre', {}, text));
    if (!mime) return;
    const place = h('div');
    body.append(place);
    const item = { id: 'detail', mime, metadata: {}, json: () => bundle[mime] } as unknown as OutputItem;
    await (await this.draw).renderOutputItem(item, place, new AbortController().signal);
  }

  private async dispose(name: string): Promise<void> {
    const result = await this.ask({ what: 'dispose', name });
    if (result.ok !== 'disposed') this.detail.append(h('div', { class: 'dinnb-error', role: 'alert' }, reason(result)));
  }

  private close(): void {
    this.opened?.table?.dispose();
    this.opened = undefined;
    void Promise.resolve(this.draw).then((api) => api.disposeOutputItem?.('detail'));
    this.detail.replaceChildren();
    this.detail.hidden = true;
  }
}

function reason(result: InspectResult): string {
  if (result.ok !== false) return 'The kernel gave another answer.';
  return result.busy ? 'A cell is running: this can be looked at when it has ended.' : result.message;
}
