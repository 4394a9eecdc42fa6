/** Texts are kept as arrays of lines, so that a change of one line is a difference of one line. */
export function toLines(text: string): string[] {
  return text.split('\n');
}

/**
 * The text of an array of lines. Lines that all still carry their line break, as Jupyter writes them, are understood
 * too: `toLines` never makes such.
 */
export function fromLines(lines: readonly string[]): string {
  for (let index = 0; index < lines.length - 1; index++) if (!lines[index]!.endsWith('\n')) return lines.join('\n');
  return lines.join('');
}

/** Editors on Windows hand out CRLF; the document keeps LF, or every line would differ between machines. */
export function normalizeLineBreaks(text: string): string {
  return text.replace(/\r\n?/g, '\n');
}
