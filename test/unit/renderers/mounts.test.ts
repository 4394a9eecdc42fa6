// @vitest-environment happy-dom
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { OutputItem, RendererContext } from 'vscode-notebook-renderer';
import { walked } from '../../../renderers/shared/keyboard';
import { activation, type View } from '../../../renderers/shared/mounts';
import { FrameThrottle } from '../../../renderers/shared/throttle';

const MIME = 'application/vnd.test+json';

interface Recorded extends View<string> {
  n: number;
  data: string[];
  patches: unknown[];
  disposed: boolean;
}

function fakeContext() {
  let state: object | undefined;
  let listener: (message: unknown) => void = () => {};
  const context = {
    getState: () => state,
    setState: (next: object) => {
      state = next;
    },
    onDidReceiveMessage: (handler: (message: unknown) => void) => {
      listener = handler;
      return { dispose: () => {} };
    },
    workspace: { isTrusted: true },
  };
  return { context: context as unknown as RendererContext<never>, send: (message: unknown) => listener(message) };
}

function item(id: string, data: unknown, displayId?: string): OutputItem {
  return { id, mime: MIME, json: () => data, metadata: displayId ? { displayId } : {} } as unknown as OutputItem;
}

function harness() {
  const views: Recorded[] = [];
  const { context, send } = fakeContext();
  const activate = activation({
    mime: MIME,
    parse: (data: unknown) => {
      if (typeof data !== 'string') throw new Error('not a text <img>');
      return data;
    },
    create: (
      element: HTMLElement,
      data: string,
      settings: { n: number } | undefined,
      onSettings: (settings: { n: number }) => void,
    ) => {
      const own = document.createElement('p');
      own.textContent = data;
      element.append(own);
      const n = (settings?.n ?? 0) + 1;
      const view: Recorded = {
        n,
        data: [data],
        patches: [],
        disposed: false,
        update: (next) => view.data.push(next),
        patch: (change) => {
          if (change === 'bad') throw new Error('bad patch');
          view.patches.push(change);
        },
        dispose: () => {
          view.disposed = true;
          own.remove();
        },
      };
      views.push(view);
      onSettings({ n });
      return view;
    },
  });
  return { views, send, context, activate };
}

describe('mounted outputs', () => {
  let element: HTMLElement;
  const signal = new AbortController().signal;
  beforeEach(() => {
    element = document.createElement('div');
    document.body.replaceChildren(element);
  });
  const start = async () => {
    const { activate, ...rest } = harness();
    const api = (await activate(rest.context as never))!;
    return { api, ...rest };
  };

  it('updates the same output in place and never recreates it', async () => {
    const { api, views } = await start();
    await api.renderOutputItem(item('1', 'a', 'd'), element, signal);
    await api.renderOutputItem(item('1', 'b', 'd'), element, signal);
    expect(views).toHaveLength(1);
    expect(views[0]!.data).toEqual(['a', 'b']);
  });

  it('updates in place when the same display comes back under a new id', async () => {
    const { api, views } = await start();
    await api.renderOutputItem(item('1', 'a', 'd'), element, signal);
    await api.renderOutputItem(item('2', 'b', 'd'), element, signal);
    api.disposeOutputItem!('1');
    expect(views).toHaveLength(1);
    expect(views[0]).toMatchObject({ data: ['a', 'b'], disposed: false });
    api.disposeOutputItem!('2');
    expect(views[0]!.disposed).toBe(true);
  });

  it('starts anew in a reused element and disposes what was there', async () => {
    const { api, views } = await start();
    await api.renderOutputItem(item('1', 'a', 'd1'), element, signal);
    await api.renderOutputItem(item('1', 'b', 'd2'), element, signal);
    expect(views.map(({ disposed }) => disposed)).toEqual([true, false]);
    expect(element.textContent).toBe('b');
  });

  it('delivers live changes by display id, and only those of its MIME type', async () => {
    const { api, views, send } = await start();
    await api.renderOutputItem(item('1', 'a', 'd1'), element, signal);
    send({ displayId: 'd1', mime: MIME, patch: 1 });
    send({ displayId: 'd1', mime: 'text/other', patch: 2 });
    send({ displayId: 'd2', mime: MIME, patch: 3 });
    for (const odd of [null, undefined, 'x', 4, {}, { displayId: 5 }]) send(odd);
    expect(views[0]!.patches).toEqual([1]);
  });

  it('keeps changes that come before the output is drawn', async () => {
    const { api, views, send } = await start();
    send({ displayId: 'd1', mime: MIME, patch: 1 });
    send({ displayId: 'd1', mime: MIME, patch: 2 });
    await api.renderOutputItem(item('1', 'a', 'd1'), element, signal);
    expect(views[0]!.patches).toEqual([1, 2]);
  });

  it('ignores a bad change with a warning', async () => {
    const { api, views, send } = await start();
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    await api.renderOutputItem(item('1', 'a', 'd1'), element, signal);
    send({ displayId: 'd1', mime: MIME, patch: 'bad' });
    send({ displayId: 'd1', mime: MIME, patch: 7 });
    expect(views[0]!.patches).toEqual([7]);
    expect(warn.mock.calls[0]![0]).toContain('bad patch');
    warn.mockRestore();
  });

  it('shows why data cannot be drawn, as text', async () => {
    const { api } = await start();
    await api.renderOutputItem(item('1', { not: 'text' }), element, signal);
    expect(element.querySelector('[role=alert]')!.textContent).toBe('This output cannot be drawn: not a text <img>');
    expect(element.querySelector('img')).toBeNull();
    await api.renderOutputItem(item('1', 'good'), element, signal);
    expect(element.textContent).toBe('good');
  });

  it('disposes one output, or all', async () => {
    const { api, views, send } = await start();
    const other = document.createElement('div');
    document.body.append(other);
    await api.renderOutputItem(item('1', 'a', 'd1'), element, signal);
    await api.renderOutputItem(item('2', 'b', 'd2'), other, signal);
    api.disposeOutputItem!('1');
    expect(views.map(({ disposed }) => disposed)).toEqual([true, false]);
    api.disposeOutputItem!();
    expect(views.map(({ disposed }) => disposed)).toEqual([true, true]);
    send({ displayId: 'd2', mime: MIME, patch: 1 });
    expect(views[1]!.patches).toEqual([]);
  });

  it('remembers a reader’s choices for an output drawn again', async () => {
    const { api, views } = await start();
    await api.renderOutputItem(item('1', 'a', 'd1'), element, signal);
    api.disposeOutputItem!();
    await api.renderOutputItem(item('9', 'a', 'd1'), element, signal);
    await api.renderOutputItem(item('10', 'b', 'd2'), document.createElement('div'), signal);
    expect(views.map(({ n }) => n)).toEqual([1, 2, 1]);
  });

  it('works without messaging', async () => {
    const { activate, context, views } = harness();
    const quiet = { ...(context as object), onDidReceiveMessage: undefined };
    const api = (await activate(quiet as never))!;
    await api.renderOutputItem(item('1', 'a'), element, signal);
    expect(views).toHaveLength(1);
  });
});

describe('walked', () => {
  const stop = { curveNumber: 0, pointNumber: 0, text: () => '' };
  const rows = [[stop, stop, stop], [stop]];

  it('moves inside the rows and never leaves them', () => {
    const at = (row: number, column: number) => ({ rows, row, column });
    expect(walked(at(0, -1), 'ArrowRight')).toMatchObject({ row: 0, column: 0 });
    expect(walked(at(0, 2), 'ArrowRight')).toMatchObject({ row: 0, column: 2 });
    expect(walked(at(0, 2), 'ArrowDown')).toMatchObject({ row: 1, column: 0 });
    expect(walked(at(0, 0), 'End')).toMatchObject({ row: 0, column: 2 });
    expect(walked(at(1, 0), 'PageUp')).toMatchObject({ row: 0, column: 0 });
    expect(walked(at(0, 0), 'a')).toBeUndefined();
    expect(walked({ rows: [], row: 0, column: 0 }, 'End')).toBeUndefined();
  });
});

describe('FrameThrottle', () => {
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  it('joins requests into few runs and never loses the last', async () => {
    let wanted = 0;
    const seen: number[] = [];
    const throttle = new FrameThrottle(async () => void seen.push(wanted), 100);
    for (let turn = 0; turn < 30; turn++) {
      wanted++;
      throttle.request();
      await pause(10);
    }
    await pause(250);
    expect(seen.length).toBeLessThanOrEqual(7);
    expect(seen.length).toBeGreaterThanOrEqual(2);
    expect(seen.at(-1)).toBe(30);
  });

  it('runs again for what is asked while it works', async () => {
    let runs = 0;
    const throttle: FrameThrottle = new FrameThrottle(async () => {
      runs++;
      if (runs === 1) throttle.request();
      await pause(5);
    }, 10);
    throttle.request();
    await pause(200);
    expect(runs).toBe(2);
  });

  it('does nothing after cancel', async () => {
    let runs = 0;
    const throttle = new FrameThrottle(async () => void runs++, 10);
    throttle.request();
    throttle.cancel();
    await pause(60);
    expect(runs).toBe(0);
  });
});
