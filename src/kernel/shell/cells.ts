import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import type { ErrorOutput } from '../../outputs/events';
import { debugSource } from '../../protocol/debug-sources';
import type { ExecuteParams, ExecuteResult } from '../../protocol/messages';
import { PARAMETERS_TAG, parameterNames, unknownParameters } from '../../protocol/parameters';
import { compileCell, nestedTooDeeply } from '../compile/compile';
import { type ErrorMapper, syntaxError } from '../errors/map';
import type { SourceMaps } from '../errors/source-maps';
import { cellUrl, type ToShell } from '../link';
import type { Configurations } from '../modules/configurations';
import { inlineMap } from '../modules/inline-map';
import type { Interruptible } from './interrupt';
import type { MainThread } from './main-thread';
import type { Outputs } from './outputs';

type Done = Extract<ToShell, { type: 'done' }>;

interface RunningCell extends Interruptible {
  ended: boolean;
  settle(done: Done): void;
}

const INTERRUPTED: ErrorOutput = {
  name: 'Interrupted',
  message: 'Execution interrupted.',
  stack: 'Interrupted: Execution interrupted.',
};

/** Compiles cells, has them run one after another and tells how they ended. */
export class Cells {
  running: RunningCell | undefined;
  private readonly cellIds = new Map<number, string>();
  private readonly declared = new Set<string>();
  private overrides: string[] = [];
  private count = 0;
  private busy = false;
  private folder = '';
  /** What was wrong with the `tsconfig.json` when that was told last. */
  private told = '';

  constructor(
    private readonly main: MainThread,
    private readonly outputs: Outputs,
    private readonly maps: SourceMaps,
    private readonly mapper: ErrorMapper,
    private readonly configurations: Configurations,
  ) {}

  /** The notebook's folder, whose `tsconfig.json` counts. */
  liveIn(folder: string): void {
    this.folder = folder;
  }

  /** Which parameters were overridden, and those that the host knows the notebook to declare. */
  expectParameters(overrides: string[], known: string[]): void {
    this.overrides = overrides;
    for (const name of known) this.declared.add(name);
  }

  cellIdOf(run: number): string | undefined {
    return this.cellIds.get(run);
  }

  onDone(done: Done): void {
    if (this.running?.id === done.run) this.running.settle(done);
  }

  /** Runs a cell; never rejects. The host has the queue: a second cell at the same time is refused. */
  async execute(params: ExecuteParams): Promise<ExecuteResult> {
    this.count += 1;
    const executionCount = this.count;
    const startedAt = Date.now();
    const error = await this.tryEvaluate(params, executionCount);
    // Not awaited: the pipe keeps the order, what the cell printed comes before the answer.
    void this.outputs.flush();
    const result = { ok: error === undefined, executionCount, startedAt, endedAt: Date.now() };
    return error ? { ...result, error } : result;
  }

  /** Whatever fails here, in the compiler or in the kernel itself, is how the cell ends: nobody waits for ever. */
  private async tryEvaluate(params: ExecuteParams, id: number): Promise<ErrorOutput | undefined> {
    if (this.busy) return this.fail(params.cellId, plainError('KernelError', 'The kernel is running another cell.'));
    this.busy = true;
    try {
      return await this.evaluate(params, id);
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      return this.fail(params.cellId, plainError('KernelError', `The kernel failed on this cell: ${name}: ${message}`));
    } finally {
      this.busy = false;
      this.running = undefined;
    }
  }

  private fail(cellId: string, error: ErrorOutput): ErrorOutput {
    this.outputs.addEvent(cellId, { type: 'error', error });
    return error;
  }

  private async evaluate(params: ExecuteParams, id: number): Promise<ErrorOutput | undefined> {
    const { cellId, source, tags } = params;
    this.cellIds.set(id, cellId);
    const fail = (error: ErrorOutput) => this.fail(cellId, error);
    const isParameters = tags.includes(PARAMETERS_TAG);
    const configuration = this.configurations.of(this.folder);
    this.tellProblems(cellId, configuration.problems.join('\n'));
    const options = this.configurations.emitted(configuration);
    const compiled = compileCell(source, { run: id, parameters: isParameters, options });
    if (!compiled.ok) return fail(syntaxError(compiled.problems[0]!, source, id));
    if (isParameters) {
      const unknown = this.unknownParameters(source);
      if (unknown) return fail({ name: 'Error', message: unknown, stack: `Error: ${unknown}\n    at cell ${id}` });
    }
    const { code, map, indent, vars } = compiled.cell;
    this.maps.addCell(id, source, map, indent);
    const expression = `${code}\n${inlineMap(map, pathToFileURL(debugSource(process.pid, cellId)).href)}//# sourceURL=${cellUrl(id)}`;
    const done = await this.onMain(id, () =>
      this.main.post({ type: 'evaluate', run: { id, cellId }, expression, vars }),
    );
    if (done.outcome === 'ok') return undefined;
    if (done.outcome === 'interrupted') return fail(done.error ? this.mapper.error(done.error) : INTERRUPTED);
    const error = this.failure(done, source);
    return done.shown ? error : fail(error);
  }

  /** A `tsconfig.json` that is wrong: cells run with what could be read of it, and say so once. */
  private tellProblems(cellId: string, problems: string): void {
    if (problems !== '' && problems !== this.told) {
      const text = `${problems}\nWhat is wrong there does not count; the rest does.\n`;
      this.outputs.addEvent(cellId, { type: 'stream', name: 'stderr', text });
    }
    this.told = problems;
  }

  private unknownParameters(source: string): string | undefined {
    for (const name of parameterNames(ts, source)) this.declared.add(name);
    return unknownParameters(this.overrides, [...this.declared]);
  }

  private async onMain(id: number, start: () => void): Promise<Done> {
    return new Promise<Done>((resolve) => {
      const settle = (message: Done) => {
        this.running!.ended = true;
        resolve(message);
      };
      this.running = {
        id,
        ended: false,
        settle,
        abandon: () => settle({ type: 'done', run: id, outcome: 'interrupted' }),
      };
      start();
    });
  }

  private failure(done: Done, source: string): ErrorOutput {
    const seen = done.error ?? { name: 'Error', message: 'The cell failed without an error.', frames: [], details: '' };
    const place = done.position && this.maps.cell(done.run, done.position.line, done.position.column);
    const isInCell = seen.frames.some((frame) => frame.includes('dinnb:/cell/'));
    // An error without a frame in the cell that V8 places there is one of V8's parser: it never ran.
    if (seen.name === 'SyntaxError' && place && !isInCell) {
      return syntaxError({ message: seen.message, line: place.line, column: place.column }, source, done.run);
    }
    // Nor does V8's parser leave a frame where its stack was not enough; a function that calls itself for ever does.
    if (seen.name === 'RangeError' && /call stack/.test(seen.message) && !isInCell) {
      return syntaxError(nestedTooDeeply(source), source, done.run);
    }
    const { position } = done;
    const where = position && `${cellUrl(done.run)}:${position.line}:${position.column}`;
    return this.mapper.error(seen, where ?? `cell ${done.run}`);
  }
}

function plainError(name: string, message: string): ErrorOutput {
  return { name, message, stack: `${name}: ${message}` };
}
