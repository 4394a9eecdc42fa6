import { type Position, positionAt } from './json-locator';

/**
 * A notebook file that cannot be read. The message names the file, the place and the remedy; the file itself is
 * left as it is.
 */
export class NotebookParseError extends Error {
  override name = 'NotebookParseError';
  /** 1-based, in UTF-16 units as editors count them. */
  readonly line: number;
  readonly column: number;

  constructor(
    readonly file: string,
    position: Position,
    readonly problem: string,
    readonly remedy: string,
  ) {
    super(`${file}:${position.line}:${position.column}: ${problem}. ${remedy}`);
    this.line = position.line;
    this.column = position.column;
  }

  static at(file: string, text: string, offset: number, problem: string, remedy: string): NotebookParseError {
    return new NotebookParseError(file, positionAt(text, offset), problem, remedy);
  }
}
