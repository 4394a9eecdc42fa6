/** The address of a line of a cell, which the editor's webview opens; undefined where there is no such cell. */
export type CellUrl = (run: number, line: number) => string | undefined;

/** By the number beside the cell: for errors from a file, whose kernel is gone. Where two cells bear it, the editor takes the last. */
export const urlByCount: CellUrl = (run, line) => `vscode-notebook-cell:?execution_count=${run}&line=${line}`;

const CELL = /\bcell (\d+):(\d+):\d+/g;
/** Absolute paths with line and column, as frames have them: `(/a b/c.ts:1:2)`, `at /c.ts:1:2`. */
const FILE = /(?<=^\s*at (?:async )?|\()(?:\/|[A-Za-z]:[\\/])[^()<>"'\n]*?:\d+:\d+(?=\)|$)/gm;
const RED = '\u001b[1;91m';
const PLAIN = '\u001b[0m';

/**
 * An error's stack for the renderer of the editor: places are links, name and mark stand out in the theme's red. It reads ANSI colours
 * always and HTML links in trusted workspaces only.
 */
export function shownStack({ name, stack }: { name: string; stack: string }, url: CellUrl | undefined): string {
  // The renderer takes a link that the text itself has for HTML; a code between bracket and letter lets it be read as it is.
  const text = stack.replace(/<(?=a\s)/gi, `<${PLAIN}`);
  const named = text.startsWith(name) ? `${RED}${name}${PLAIN}${text.slice(name.length)}` : text;
  const marked = named.replace(/^( *)\^$/m, `$1${RED}^${PLAIN}`);
  if (!url) return marked;
  return marked
    .replace(FILE, (place) => link(fileUrl(place), place))
    .replace(CELL, (place, run: string, line: string) => {
      const target = url(Number(run), Number(line));
      return target === undefined ? place : link(target, place);
    });
}

/** What the editor opens at line and column: it takes only a path that begins with a slash, and a column only after `#L`. */
function fileUrl(place: string): string {
  const [, path, line, column] = /^(.*):(\d+):(\d+)$/.exec(place)!;
  const rooted = path!.startsWith('/') ? path! : `/${path!.replaceAll('\\', '/')}`;
  return `${encodeURI(rooted)}#L${line},${column}`;
}

function link(target: string, text: string): string {
  return `<a href='${target.replaceAll("'", '%27')}'>${text.replaceAll('&', '&amp;')}</a>`;
}
