import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type * as vscode from 'vscode';
import { isAlive } from '../../../src/base/processes';
import { compose } from '../../../src/extension/compose';
import type { HostPorts } from '../../../src/extension/running/host-ports';
import { startKernel } from '../../../src/host/kernel-process';
import { type FakeNotebook, FakeVs, Uri } from '../../unit/extension/fake-vscode';
import { runtimeForTests } from './kernel';

let folder: string;
let subscriptions: { dispose(): void }[];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'dinnb-shared-'));
  subscriptions = [];
});
afterEach(() => {
  for (const part of subscriptions) part.dispose();
  rmSync(folder, { recursive: true, force: true });
});

/** The extension in a fake editor, with real kernels. */
function editor() {
  const vs = new FakeVs();
  const memory = () => {
    const kept = new Map<string, unknown>();
    return {
      get: (key: string) => kept.get(key),
      update: async (key: string, value: unknown) => void kept.set(key, value),
    };
  };
  const context = {
    ...{ subscriptions, extensionUri: Uri.file('/extension'), globalState: memory(), workspaceState: memory() },
  };
  const host = {
    startKernel: (options: Parameters<typeof startKernel>[0]) =>
      startKernel({ ...options, nodePath: process.env.DINNB_TEST_NODE }),
    selectRuntime: async () => runtimeForTests(),
  };
  compose(vs.asApi(), context as unknown as vscode.ExtensionContext, host as unknown as HostPorts);
  return vs;
}

const eventually = (holds: () => boolean) => vi.waitFor(() => expect(holds()).toBe(true), { timeout: 60_000 });

const shown = (notebook: FakeNotebook, cell: number) => notebook.cells[cell]!.shown().join('\n');

it('two notebooks see one another’s variables in one process, which ends with the last of them', async () => {
  const vs = editor();
  const one = vs.open(path.join(folder, 'one.dinnb'), ['const answer = 41', 'for (;;);']);
  // Cells of both have the same ids, as where one was copied.
  const two = vs.open(path.join(folder, 'two.dinnb'), ["'pid ' + process.pid + ' has ' + (answer + 1)", 'answer']);
  vs.pick = 'Share with one.dinnb';
  await vs.commands.get('dinnb.shareKernel')!();
  const [first, loop] = one.cells;
  await Promise.all([vs.run(one, first!), vs.run(two)]);
  expect(shown(two, 0)).toMatch(/pid \d+ has 42/);
  expect(shown(two, 1)).toContain('41');
  const pid = Number(/pid (\d+)/.exec(shown(two, 0))![1]);

  const stopped = vs.run(one, loop!);
  await eventually(() => vs.events.includes('start for (;;);'));
  await vs.controller.interruptHandler(two);
  await stopped;
  expect(vs.events).toContain('end for (;;); false');
  await vs.run(two);
  expect(shown(two, 0)).toContain(`pid ${pid} has 42`);

  // The loop of one that is closed does not hold up the other.
  const closed = vs.run(one, loop!);
  await eventually(() => vs.events.filter((event) => event === 'start for (;;);').length === 2);
  await vs.close(one);
  await vs.run(two);
  await closed;
  expect(shown(two, 0)).toContain(`pid ${pid} has 42`);
  await vs.close(two);
  await eventually(() => !isAlive(pid));
});
