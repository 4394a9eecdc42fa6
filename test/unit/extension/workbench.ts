import type * as vscode from 'vscode';
import { compose } from '../../../src/extension/compose';
import { FakeHost, type Script } from './fake-host';
import { FakeVs, Uri } from './fake-vscode';

/** The whole extension in a fake editor with a fake kernel. */
export function workbench(scripts: { [source: string]: Script } = {}, workspaceMemory = new Map<string, unknown>()) {
  const vs = new FakeVs();
  const host = new FakeHost(scripts);
  const memento = (memory: Map<string, unknown>) => ({
    get: (key: string) => memory.get(key),
    update: async (key: string, value: unknown) => void memory.set(key, value),
  });
  const context = {
    subscriptions: [] as { dispose(): void }[],
    extensionUri: Uri.file('/extension'),
    globalState: memento(new Map()),
    workspaceState: memento(workspaceMemory),
  };
  const parts = compose(vs.asApi(), context as unknown as vscode.ExtensionContext, host);
  const command = (id: string, ...args: unknown[]) => vs.commands.get(id)!(...args);
  /** The window goes: the extension ends as the editor ends it. */
  const end = () => {
    for (const part of context.subscriptions) part.dispose();
  };
  return { vs, host, command, end, parts };
}

/** Waits until something holds; fails with what was seen instead. */
export async function until(holds: () => boolean, seen: () => unknown = () => ''): Promise<void> {
  for (let waited = 0; !holds(); waited += 5) {
    if (waited > 2000) throw new Error(`still not so after 2 s: ${holds} ${JSON.stringify(seen())}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
