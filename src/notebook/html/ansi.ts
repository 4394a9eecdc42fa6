import { type Color, createColorPalette, namedColors, type ParseToken, parseAnsiSequences } from 'ansi-sequence-parser';
import { escapeHtml } from '../../base/escape';
import { textOn } from '../../outputs/color';

/** Control sequences, strings of a program's own (titles, links), and what is left of an escape. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminals' escape sequences begin with one
const SEQUENCE = /\x1b(?:\[([\d;:]*)(m)|\[[0-?]*[ -/]*[@-~]?|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~]?)/g;

/** One command of a style sequence: an extended colour with its numbers, or a number alone; none is 0. */
const COMMAND =
  /([34]8)(?:[;:]5[;:](\d+)|:2:\d*:(\d+):(\d+):(\d+)|[;:]2[;:](\d+)[;:](\d+)[;:](\d+))(?:;|$)|(\d*)(?::\d+)*(?:;|$)/gy;

/** A sequence as one sequence a command, as the parser reads them: it knows no colons and no order within a sequence. */
function commands(parameters: string): string {
  let plain = '';
  for (const [whole, extended, index, ...rest] of parameters.matchAll(COMMAND)) {
    // The end matches once more: that is a command only where nothing or a semicolon stands before it.
    if (whole === '' && parameters !== '' && !parameters.endsWith(';')) break;
    const number = rest.pop();
    const rgb = rest.filter((value) => value !== undefined);
    const color = index === undefined ? `2;${rgb.join(';')}` : `5;${index}`;
    plain += `\u001b[${extended ? `${extended};${color}` : number || '0'}m`;
  }
  return plain;
}

const palette = createColorPalette();

/** A colour of the theme by name, or one of its own as `#rrggbb`; undefined for numbers that are no colour. */
function named(color: Color | null): { name?: string; hex?: string } | undefined {
  if (!color) return undefined;
  const name = color.type === 'named' ? color.name : color.type === 'table' ? namedColors[color.index] : undefined;
  if (name !== undefined) return { name: name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`) };
  const hex = palette.value(color);
  return hex === undefined ? undefined : { hex };
}

function span({ value, foreground, background, decorations }: ParseToken): string {
  const reverse = decorations.has('reverse');
  const [over, under] = reverse ? [named(background), named(foreground)] : [named(foreground), named(background)];
  const classes = [...decorations].filter((name) => name !== 'reverse').map((name) => `ansi-${name}`);
  const styles: string[] = [];
  if (over?.name) classes.push(`ansi-${over.name}`);
  if (under?.name) classes.push(`ansi-on-${under.name}`);
  if (under?.hex) styles.push(`background:${under.hex}`);
  if (over?.hex) styles.push(`color:${over.hex}`);
  else if (!over && under?.hex && !reverse) styles.push(`color:${textOn(under.hex)}`);
  // The page's own colours, changed for each other where no colour is set.
  if (reverse && !over) classes.push('ansi-page');
  if (reverse && !under) classes.push('ansi-on-text');
  if (classes.length + styles.length === 0) return escapeHtml(value);
  const attributes = [
    classes.length > 0 ? ` class="${classes.join(' ')}"` : '',
    styles.length > 0 ? ` style="${styles.join(';')}"` : '',
  ];
  return `<span${attributes.join('')}>${escapeHtml(value)}</span>`;
}

/**
 * A terminal's text as HTML: colours (16 of the theme, 256, and 24 bits), backgrounds, and bold, dim, italic, underlined,
 * struck, reversed text; every other escape sequence is dropped.
 */
export function ansiToHtml(text: string): string {
  if (!text.includes('\u001b')) return escapeHtml(text);
  const styled = text.replace(SEQUENCE, (_, parameters?: string, final?: string) =>
    final ? commands(parameters ?? '') : '',
  );
  return parseAnsiSequences(styled).map(span).join('');
}
