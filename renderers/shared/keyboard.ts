import type { Plot, Stop } from './plot';

/** The keyboard's way through a plot: rows of stops, walked with the arrow keys. */
export interface Walk {
  rows: Stop[][];
  row: number;
  column: number;
}

const MOVES: { [key: string]: readonly [rows: number, columns: number] } = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  PageUp: [-10, 0],
  PageDown: [10, 0],
  Home: [0, Number.NEGATIVE_INFINITY],
  End: [0, Number.POSITIVE_INFINITY],
};

const clamp = (value: number, length: number) => Math.max(0, Math.min(length - 1, value));

/** The walk after a key; undefined when the key means nothing here. */
export function walked(walk: Walk, key: string): Walk | undefined {
  const move = MOVES[key];
  if (!move || walk.rows.length === 0) return undefined;
  const row = clamp(walk.row + move[0], walk.rows.length);
  return { ...walk, row, column: clamp(walk.column + move[1], walk.rows[row]!.length) };
}

/** Makes a plot reachable by Tab and readable by the arrow keys; `say` tells what is found there. */
export function walkByKeyboard(plot: Plot, rows: () => Stop[][], say: (text: string) => void): void {
  let walk: Walk = { rows: [], row: 0, column: -1 };
  const { element } = plot;
  element.tabIndex = 0;
  element.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === 'Escape') plot.unhover();
    const next = walked({ ...walk, rows: rows() }, event.key);
    const stop = next?.rows[next.row]?.[next.column];
    if (!next || !stop) return;
    // The editor would move to another cell.
    event.preventDefault();
    event.stopPropagation();
    walk = next;
    plot.hover(stop);
    say(stop.text());
  });
  element.addEventListener('blur', () => {
    plot.unhover();
    say('');
  });
}
