import type { ActivationFunction, OutputItem, RendererApi, RendererContext } from 'vscode-notebook-renderer';
import { h } from './dom';
import { ensureStyle } from './style';

/** A drawn output, which can change in place. */
export interface View<Data> {
  update(data: Data): void;
  patch?(change: unknown): void;
  dispose(): void;
}

export interface Kind<Data, Settings> {
  mime: string;
  /** @throws OutputError when the data has not the MIME type's shape */
  parse(data: unknown): Data;
  create(
    element: HTMLElement,
    data: Data,
    settings: Settings | undefined,
    onSettings: (settings: Settings) => void,
    /** Tells the editor something; absent where there is none, as in a report. */
    post?: (message: object) => void,
  ): View<Data>;
}

interface Mount<Data> {
  element: HTMLElement;
  key: string;
  view: View<Data>;
}

interface LiveMessage {
  displayId: string;
  mime: string;
  patch: unknown;
}

/** How many outputs' settings, and how many patches of outputs not drawn yet, are remembered. */
const REMEMBERED = 100;
const WAITING = 500;

function isLiveMessage(message: unknown): message is LiveMessage {
  const found = message as Partial<LiveMessage> | null;
  return typeof found === 'object' && typeof found?.displayId === 'string' && typeof found.mime === 'string';
}

/** The id that live changes name: the editor's own ids of outputs are unknown to the kernel. */
function displayIdOf(item: OutputItem): string | undefined {
  const id = (item.metadata as { displayId?: unknown } | null | undefined)?.displayId;
  return typeof id === 'string' ? id : undefined;
}

/** Draws outputs of one kind and keeps them: same output, same view; disposed when the editor says so. */
class Mounts<Data, Settings> {
  private readonly mounts = new Map<string, Mount<Data>>();
  private waiting: LiveMessage[] = [];

  constructor(
    readonly kind: Kind<Data, Settings>,
    private readonly context: RendererContext<{ settings?: { [key: string]: Settings } }>,
  ) {}

  renderOutputItem = (item: OutputItem, element: HTMLElement): void => {
    ensureStyle();
    const key = displayIdOf(item) ?? item.id;
    let data: Data;
    try {
      data = this.kind.parse(item.mime.endsWith('json') ? item.json() : item.text());
    } catch (error) {
      this.disposeOutputItem(item.id);
      element.replaceChildren(this.complaint(error));
      return;
    }
    const [oldId, mounted] = [...this.mounts].find(([, mount]) => mount.element === element) ?? [];
    if (oldId !== undefined && mounted?.key === key && element.firstChild) {
      // An editor may give a replaced output a new id.
      this.mounts.delete(oldId);
      this.mounts.set(item.id, mounted);
      mounted.view.update(data);
      return;
    }
    if (oldId !== undefined) this.disposeOutputItem(oldId);
    this.disposeOutputItem(item.id);
    element.replaceChildren();
    const remember = (settings: Settings) => this.remember(key, settings);
    const { postMessage } = this.context;
    const post = postMessage && ((message: object) => void postMessage(message));
    const settings = this.context.getState()?.settings?.[key];
    const view: View<Data> = this.kind.create(element, data, settings, remember, post);
    this.mounts.set(item.id, { element, key, view });
    this.deliverWaiting(key, view);
  };

  /** Another kind of output is drawn in the element now. */
  leave(element: HTMLElement): void {
    for (const [id, mount] of this.mounts) if (mount.element === element) this.disposeOutputItem(id);
  }

  disposeOutputItem = (id?: string): void => {
    const gone = id === undefined ? [...this.mounts] : [...this.mounts].filter(([key]) => key === id);
    for (const [key, { view }] of gone) {
      this.mounts.delete(key);
      view.dispose();
    }
  };

  private complaint(error: unknown): HTMLElement {
    const reason = error instanceof Error ? error.message : String(error);
    return h('div', { class: 'dinnb dinnb-error', role: 'alert' }, `This output cannot be drawn: ${reason}`);
  }

  private remember(key: string, settings: Settings): void {
    const others = Object.entries(this.context.getState()?.settings ?? {}).filter(([name]) => name !== key);
    this.context.setState({ settings: Object.fromEntries([...others.slice(-REMEMBERED), [key, settings]]) });
  }

  receive(message: unknown): void {
    if (!isLiveMessage(message) || message.mime !== this.kind.mime) return;
    const views = [...this.mounts.values()].filter(({ key }) => key === message.displayId);
    if (views.length === 0) this.waiting = [...this.waiting.slice(1 - WAITING), message];
    for (const { view } of views) this.patch(view, message.patch);
  }

  private deliverWaiting(key: string, view: View<Data>): void {
    for (const message of this.waiting) if (message.displayId === key) this.patch(view, message.patch);
    this.waiting = this.waiting.filter((message) => message.displayId !== key);
  }

  private patch(view: View<Data>, change: unknown): void {
    try {
      view.patch?.(change);
    } catch (error) {
      // A bad live message must not take the drawn curves away; the next full update repairs what it would have shown.
      console.warn(`dinnb: a live change was ignored. ${error instanceof Error ? error.message : error}`);
    }
  }
}

// biome-ignore lint/suspicious/noExplicitAny: each kind has data and settings of its own, which meet nowhere else
type AnyKind = Kind<any, any>;

/** The `activate` of a renderer module that draws these kinds of outputs, each by its MIME type. */
export function activation(...kinds: AnyKind[]): ActivationFunction<{ settings?: { [key: string]: unknown } }> {
  return (context): RendererApi => {
    const all = kinds.map((kind) => new Mounts(kind, context));
    context.onDidReceiveMessage?.((message: unknown) => {
      for (const mounts of all) mounts.receive(message);
    });
    return {
      renderOutputItem(item, element) {
        for (const mounts of all) if (mounts.kind.mime !== item.mime) mounts.leave(element);
        for (const mounts of all) if (mounts.kind.mime === item.mime) mounts.renderOutputItem(item, element);
      },
      disposeOutputItem(id) {
        for (const mounts of all) mounts.disposeOutputItem(id);
      },
    };
  };
}
