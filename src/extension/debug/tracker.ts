import type * as vscode from 'vscode';
import type { CellSources } from './sources';

/** What of the Debug Adapter Protocol is looked at. */
interface Message {
  type?: string;
  command?: string;
  event?: string;
  arguments?: { [name: string]: unknown };
  body?: { [name: string]: unknown };
}

interface Source {
  path?: string;
  name?: string;
  sourceReference?: number;
}

/**
 * Stands between the editor and Node's debugger: to the one cells are documents of the notebook, to the other files. Messages are changed
 * on their way, which the editor allows and the protocol has no other place for.
 */
export function trackCells(
  sources: CellSources,
  onPause: (paused: boolean, threadId: number | undefined) => void,
  onConfigured: () => void,
): vscode.DebugAdapterTracker {
  return {
    onWillReceiveMessage(message: Message) {
      if (message.command === 'terminate') {
        // The kernel and its variables stay.
        message.command = 'disconnect';
        message.arguments = { terminateDebuggee: false };
      } else if (message.command === 'disconnect')
        message.arguments = { ...message.arguments, terminateDebuggee: false };
      if (message.command === 'setBreakpoints') sources.write();
      visitSources(message.arguments, (source) => {
        const file = source.path && sources.file(source.path);
        if (file) source.path = file;
      });
    },
    onDidSendMessage(message: Message) {
      // Breakpoints come before it.
      if (message.type === 'response' && message.command === 'configurationDone') onConfigured();
      if (message.event === 'stopped') onPause(true, message.body?.threadId as number | undefined);
      if (message.event === 'continued') onPause(false, undefined);
      if (message.type === 'response' && /^(continue|next|stepIn|stepOut)$/.test(message.command ?? ''))
        onPause(false, undefined);
      if (message.command === 'stackTrace') nameFrames(message, sources);
      visitSources(message.body, (source) => {
        const cell = source.path === undefined ? undefined : sources.cell(source.path);
        if (!cell) return;
        source.path = cell.uri;
        source.name = cell.name;
        // With a reference the editor would ask for a text, and show that.
        delete source.sourceReference;
      });
    },
  };
}

/** The statements of a cell are no function with a name: the call stack says which cell it is. */
function nameFrames(message: Message, sources: CellSources): void {
  const frames = (message.body?.stackFrames ?? []) as { name: string; source?: Source }[];
  for (const frame of frames) {
    const cell = frame.source?.path === undefined ? undefined : sources.cell(frame.source.path);
    if (cell && /^(?:async )?(?:<anonymous>|\(anonymous\)|global\.<anonymous>)?$/.test(frame.name))
      frame.name = cell.name;
  }
}

function visitSources(value: unknown, change: (source: Source) => void): void {
  if (value === null || typeof value !== 'object') return;
  if (Array.isArray(value)) {
    for (const one of value) visitSources(one, change);
    return;
  }
  for (const [name, one] of Object.entries(value)) {
    if (name === 'source' && one !== null && typeof one === 'object') change(one as Source);
    visitSources(one, change);
  }
}
