import { fileURLToPath } from 'node:url';
import type { ErrorOutput } from '../../outputs/events';
import type { SyntaxProblem } from '../compile/compile';
import type { SeenError } from '../link';
import type { SourceMaps } from './source-maps';

const MAX_FRAMES = 20;
/** How much of a line a code frame shows. */
const FRAME_WIDTH = 160;
const CELL = /dinnb:\/cell\/(\d+):(\d+):(\d+)/g;
const VERSIONED_FILE = /(file:\/\/[^\s()]+\?dinnb=[^\s():&]+):(\d+):(\d+)/g;
const FRAME = /^\s*at /;
/** A function of JavaScript itself, `Array.map` or `new Promise`: it ran for whoever called it, the frame below. */
const BUILT_IN = /^\s*at .*\((?:<anonymous>|index \d+)\)(?: \{)?$/;
/** How `inspect` folds frames that an error shares with its cause, which shows them: mostly the kernel's. */
const SHARED_FRAMES = /^\s*\.\.\. \d+ lines? matching cause stack trace \.\.\./;

/** Turns text about compiled code into text about cells and files. */
export class ErrorMapper {
  constructor(
    private readonly maps: SourceMaps,
    private readonly kernelFolder: string,
  ) {}

  /** Any text a cell sends: `cell 3:12:5` for places in cells, `path:line:column` for workspace files. */
  text(text: string): string {
    if (!['dinnb:/cell/', '?dinnb=', this.kernelFolder].some((mark) => text.includes(mark))) return text;
    return this.places(this.trimFrames(text));
  }

  /** @param position where it happened, as in a frame, for an error whose frames do not tell */
  error({ name, message, frames, details }: SeenError, position?: string): ErrorOutput {
    const own = this.trimLines(frames);
    const hasCell = own.some((line) => line.includes('dinnb:/cell/'));
    if (position && !hasCell) own.push(`    at ${position}`);
    const shown = own.slice(0, MAX_FRAMES).map((line) => this.places(line));
    if (own.length > MAX_FRAMES) shown.push(`    ... ${own.length - MAX_FRAMES} more`);
    const tail = details ? [this.places(this.trimFrames(details)).trimEnd()] : [];
    const title = message ? `${name}: ${message}` : name;
    return { name, message, stack: [this.places(title), ...shown, ...tail, ...this.line(own)].join('\n') };
  }

  /** The line of code of the innermost frame in a cell, with a mark below the place. */
  private line(frames: string[]): string[] {
    const [place] = frames.flatMap((frame) => {
      const [, run, line, column] = new RegExp(CELL.source).exec(frame) ?? [];
      return run ? [this.maps.cell(Number(run), Number(line), Number(column))] : [];
    });
    return place ? ['', codeFrame(place.source, place)] : [];
  }

  private places(text: string): string {
    return text
      .replace(CELL, (_all, run: string, line: string, column: string) => {
        const place = this.maps.cell(Number(run), Number(line), Number(column));
        return place ? `cell ${run}:${place.line}:${place.column}` : 'cell ?';
      })
      .replace(VERSIONED_FILE, (all, url: string, line: string, column: string) => {
        return this.maps.file(url, Number(line), Number(column)) ?? all;
      })
      .replace(/file:\/\/\/[^\s()?]+(?=:\d+:\d+)/g, toPath);
  }

  private trimFrames(text: string): string {
    return this.trimLines(text.split('\n')).join('\n');
  }

  /** Without the frames of the kernel and of Node's own modules. The brace that `inspect` opens behind a frame stays. */
  private trimLines(lines: string[]): string[] {
    const kept: string[] = [];
    for (const [index, line] of lines.entries()) {
      if (!this.isOthers(lines, index) && !SHARED_FRAMES.test(line)) kept.push(line);
      else if (line.endsWith(' {')) kept.push(`${kept.pop() ?? ''} {`);
    }
    return kept;
  }

  private isOthers(lines: string[], index: number): boolean {
    const line = lines[index];
    if (line === undefined || !FRAME.test(line)) return false;
    if (BUILT_IN.test(line)) return this.isOthers(lines, index + 1);
    return line.includes(this.kernelFolder) || /\(?node:/.test(line);
  }
}

function toPath(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    return url; // not a path of this system: shown as it is
  }
}

/** A cell that is not TypeScript, with the line and a mark below the place. */
export function syntaxError(problem: SyntaxProblem, source: string, run: number): ErrorOutput {
  const place = `cell ${run}:${problem.line}:${problem.column}`;
  const message = `${problem.message} (${place})`;
  return {
    name: 'SyntaxError',
    message,
    stack: `SyntaxError: ${message}\n    at ${place}\n\n${codeFrame(source, problem)}`,
  };
}

function codeFrame(source: string, { line, column }: { line: number; column: number }): string {
  const whole = source.split(/\r?\n/)[line - 1] ?? '';
  const from = whole.length > FRAME_WIDTH ? Math.max(0, column - 1 - FRAME_WIDTH / 2) : 0;
  const before = `${from > 0 ? '…' : ''}${whole.slice(from, column - 1)}`;
  const after = whole.slice(column - 1, from + FRAME_WIDTH);
  const text = `${before}${after}${from + FRAME_WIDTH < whole.length ? '…' : ''}`;
  const margin = `${line} | `;
  const indent = before.replace(/[^\t]/g, ' ');
  return `${margin}${text}\n${' '.repeat(margin.length)}${indent}^`;
}
