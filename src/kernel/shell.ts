// The kernel's shell, a worker: protocol, compilation, interrupts, streams. It goes on while user code blocks the main thread.
import { Socket } from 'node:net';
import path from 'node:path';
import { workerData } from 'node:worker_threads';
import { ResponseError } from 'vscode-jsonrpc/node';
import type { InspectParams } from '../outputs/inspect';
import { connectionOver } from '../protocol/connection';
import {
  type DebugInfo,
  type DebugParams,
  type ExecuteParams,
  type InitializeParams,
  type KernelInfo,
  METHOD,
} from '../protocol/messages';
import { usesOfSource } from './compile/uses';
import { ErrorMapper } from './errors/map';
import { SourceMaps } from './errors/source-maps';
import { SHARED, type ShellData, type ToShell } from './link';
import { Configurations } from './modules/configurations';
import { WorkspaceFiles } from './modules/workspace';
import { killGroup } from './process-group';
import { Cells } from './shell/cells';
import { interrupt } from './shell/interrupt';
import { MainThread, sleep } from './shell/main-thread';
import { serveModules } from './shell/module-server';
import { Outputs } from './shell/outputs';
import { Questions } from './shell/questions';

/** How long the main thread may take to end by itself. */
const SHUTDOWN_MS = 1000;
const INITIALIZE_FAILED = 1;

const { port, modulesPort, answersPort, shared, channel, kernelFolder } = workerData as ShellData;
const connection = connectionOver(new Socket({ fd: channel, readable: true, writable: true }));
const main = new MainThread(port);
const maps = new SourceMaps();
const mapper = new ErrorMapper(maps, kernelFolder);
const outputs = new Outputs(
  mapper,
  (output) => connection.sendNotification(METHOD.output, output),
  (bytes) => {
    Atomics.sub(shared, SHARED.backlog, bytes);
    Atomics.notify(shared, SHARED.backlog);
  },
);
const configurations = new Configurations();
const cells = new Cells(main, outputs, maps, mapper, configurations);
const questions = new Questions(connection, outputs, answersPort, shared);
let onInitialized: (info: KernelInfo) => void;
let onInitializeFailed: (error: Error) => void;
const initialized = new Promise<KernelInfo>((resolve, reject) => {
  onInitialized = resolve;
  onInitializeFailed = reject;
});

serveModules(modulesPort, new WorkspaceFiles(maps, configurations));
port.on('message', (message: ToShell) => {
  switch (message.type) {
    case 'initialized':
      return onInitialized(message.info);
    case 'initializeFailed':
      return onInitializeFailed(new ResponseError(INITIALIZE_FAILED, message.message));
    case 'done':
      return cells.onDone(message);
    case 'inspected':
      return main.onInspected(message.id, message.json);
    case 'pong':
      return main.onPong(message.id);
    case 'debug':
      return main.onDebug(message);
    case 'log':
      void connection.sendNotification(METHOD.log, { level: message.level, text: message.text });
      return;
    case 'record': {
      const cellId = cells.cellIdOf(message.run);
      if (cellId !== undefined) void connection.sendNotification(METHOD.record, { cellId, record: message.record });
      return;
    }
    case 'flush':
      void untilPrinted();
      return;
    case 'exiting':
      void tellExit(message.reason);
      return;
    case 'ask':
      void questions.ask(message, cells.cellIdOf(message.run));
      return;
    case 'withdraw':
      return questions.withdraw(message.id);
    case 'output': {
      const cellId = cells.cellIdOf(message.run);
      if (cellId !== undefined) outputs.add(cellId, message.output, message.size);
    }
  }
});

/** Whoever waits for it has a limit of time: a host that is gone answers nothing. */
async function untilPrinted(): Promise<void> {
  await outputs.flush();
  await connection.sendRequest(METHOD.printed).catch(() => {});
  Atomics.add(shared, SHARED.printed, 1);
  Atomics.notify(shared, SHARED.printed);
}

async function tellExit(reason: string): Promise<void> {
  await outputs.flush();
  await connection.sendNotification(METHOD.exiting, { reason });
  Atomics.store(shared, SHARED.exiting, 1);
  Atomics.notify(shared, SHARED.exiting);
}

/** Without its host a kernel is of no use; a main thread that user code blocks cannot end itself. */
async function endProcess(): Promise<void> {
  questions.interrupt();
  main.post({ type: 'shutdown' });
  await sleep(SHUTDOWN_MS);
  killGroup();
}

connection.onRequest(METHOD.initialize, async (params: InitializeParams): Promise<KernelInfo> => {
  cells.liveIn(path.dirname(params.notebook));
  cells.expectParameters(Object.keys(params.parameters), params.parameterNames ?? []);
  main.post({ type: 'initialize', params });
  return initialized;
});
connection.onRequest(METHOD.execute, (params: ExecuteParams) => cells.execute(params));
connection.onRequest(METHOD.debug, async ({ open }: DebugParams): Promise<DebugInfo> => {
  const url = await main.debug(open);
  return url === undefined ? {} : { url };
});
connection.onRequest(METHOD.interrupt, () => {
  const stopped = interrupt(cells.running, main, shared);
  questions.interrupt();
  return stopped;
});
connection.onRequest(METHOD.uses, (sources: string[]) => sources.map(usesOfSource));
connection.onRequest(METHOD.inspect, (params: InspectParams) => main.inspect(params));
connection.onNotification(METHOD.shutdown, () => void endProcess());
connection.onError(() => void endProcess());
connection.onClose(() => void endProcess());
connection.listen();
