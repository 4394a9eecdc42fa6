// The kernel process' main thread: user code and TensorFlow, nothing else. The shell (`shell.ts`) does the rest.

import { writeSync } from 'node:fs';
import path from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';
import { type ProvenanceRecord, setProvenanceSink } from '../base/provenance';
import type { InspectResult } from '../outputs/inspect';
import { CHANNEL_VARIABLE, RUNTIME_VARIABLE } from '../protocol/environment';
import type { InitializeParams, KernelInfo, RuntimeSelection } from '../protocol/messages';
import { Displays } from './display/displays';
import { describeError } from './errors/describe';
import { type RunDescription, type ShellData, sharedNumbers, type ToMain } from './link';
import { runCell } from './main/cell';
import { flushBeforeChildren } from './main/child-output';
import { debugPort } from './main/debug-port';
import { Evaluator } from './main/evaluator';
import { announceExit, exitProcess, shutDown } from './main/exit';
import { tellFiles } from './main/file-reads';
import { defineGlobals } from './main/globals';
import { Inspector } from './main/inspector';
import { reportLateErrors, routeWarnings } from './main/late-errors';
import { Library } from './main/library';
import { Outbox } from './main/outbox';
import { Parameters } from './main/parameters';
import { Questions } from './main/questions';
import { Runs } from './main/runs';
import { provideStdin, provideWholeStdin } from './main/stdin';
import { captureStreams } from './main/streams';
import { importerFor, tellRequires } from './modules/importer';

const STACK_FRAMES = 50;
/** The compiler recurses: four times Node's default lets it follow generated code, thousands of calls in a chain. */
const SHELL_STACK_MB = 16;

const kernelFolder = __dirname;
const channel = process.env[CHANNEL_VARIABLE];
const runtime = process.env[RUNTIME_VARIABLE];
if (!channel || !runtime)
  throw new Error('A kernel is started by the host of a notebook, which says how it is reached.');
delete process.env[CHANNEL_VARIABLE];
delete process.env[RUNTIME_VARIABLE];
// Said to Electron for this process only: an Electron that a cell starts is to be one.
delete process.env.ELECTRON_RUN_AS_NODE;

const shared = sharedNumbers();
const toShell = new MessageChannel();
const toModules = new MessageChannel();
const toQuestions = new MessageChannel();
const port = toShell.port1;
const shellData: ShellData = {
  port: toShell.port2,
  modulesPort: toModules.port1,
  answersPort: toQuestions.port1,
  shared,
  channel: Number(channel),
  kernelFolder,
};
const worker = new Worker(path.join(kernelFolder, 'shell.js'), {
  workerData: shellData,
  transferList: [toShell.port2, toModules.port1, toQuestions.port1],
  name: 'dinnb shell',
  resourceLimits: { stackSizeMb: SHELL_STACK_MB },
});

const outbox = new Outbox(port, shared);
const runs = new Runs(shared);
const displays = new Displays(runs, outbox);
const questions = new Questions(toQuestions.port2, shared, runs, outbox);
const evaluator = new Evaluator();
const inspector = new Inspector(evaluator, runs, () => void library.get());

worker.on('error', (error) => {
  // Straight to the real stderr: the shell that would carry it is gone, the host reads it as the cause of death.
  writeSync(2, `dinnb: the kernel's shell failed: ${error.stack}\n`);
  exitProcess(70);
});
worker.on('exit', (code) => exitProcess(code));

captureStreams(runs, outbox);
provideStdin(questions);
flushBeforeChildren(outbox);
reportLateErrors(runs, outbox);
routeWarnings(outbox);
announceExit(runs, outbox, shared);
setProvenanceSink(record);
const forgetFiles = tellFiles((type, path) => record({ type, path }));
tellRequires(path.dirname(kernelFolder), tellImport);
// Not a file that is read.
provideWholeStdin(questions);
Error.stackTraceLimit = STACK_FRAMES;

let settleGlobals = () => {};
// Begun at once: the shell loads the compiler meanwhile.
const library = new Library(JSON.parse(runtime) as RuntimeSelection, {
  kernelFolder,
  modulesPort: toModules.port2,
  runs,
  displays,
  apart: inspector.apart,
  onLoaded({ tf, din }) {
    inspector.ready(tf, din);
    settleGlobals();
  },
});

port.on('message', (message: ToMain) => {
  switch (message.type) {
    case 'initialize':
      initialize(message.params).then(
        (info) => outbox.post({ type: 'initialized', info }),
        (error: unknown) => outbox.post({ type: 'initializeFailed', message: failureText(error) }),
      );
      break;
    case 'evaluate':
      evaluate(message.run, message.expression, message.vars);
      break;
    case 'cancel':
      runs.cancel(message.run);
      break;
    case 'ping':
      outbox.post({ type: 'pong', id: message.id });
      break;
    case 'debug':
      openDebugPort(message.id, message.open);
      break;
    case 'inspect':
      inspector.answer(message.params, (result) =>
        outbox.post({ type: 'inspected', id: message.id, json: resultJson(result) }),
      );
      break;
    case 'shutdown':
      shutDown();
  }
});

/** Makes the global scope ready for the cells of a notebook. */
async function initialize(params: InitializeParams): Promise<KernelInfo> {
  const info = await library.ready();
  const parameters = new Parameters(new Map(Object.entries(params.parameters)));
  const importer = importerFor(params.notebook, () => library.get().preloaded, tellImport);
  settleGlobals = defineGlobals({ library, displays, questions, parameters, runs, importer });
  if (library.isLoaded) settleGlobals();
  inspector.begin();
  return info;
}

function openDebugPort(id: number, open: boolean): void {
  try {
    const url = debugPort(open);
    outbox.post({ type: 'debug', id, ...(url !== undefined && { url }) });
  } catch (error) {
    outbox.post({ type: 'debug', id, error: (error as Error).message });
  }
}

function tellImport(specifier: string): void {
  record({ type: 'import', specifier });
}

function record(told: ProvenanceRecord): void {
  const run = runs.active?.id;
  if (run !== undefined) outbox.post({ type: 'record', run, record: told });
}

function evaluate(description: RunDescription, expression: string, vars: string[]): void {
  forgetFiles();
  runCell(description, { expression, vars }, { runs, displays, evaluator, outbox, inspector });
}

function resultJson(result: InspectResult): string {
  try {
    return JSON.stringify(result);
  } catch (error) {
    return JSON.stringify({ ok: false, message: `It cannot be shown: ${failureText(error).split('\n')[0]}` });
  }
}

function failureText(error: unknown): string {
  const { name, message, frames, details } = describeError(error);
  return [`${name}: ${message}`, ...frames, details].join('\n').trimEnd();
}
