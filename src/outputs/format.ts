// Made once: building it anew costs more than the rest of a hover text.
const COUNT = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** `7,403`: a whole number as people read it. */
export function formatCount(value: number): string {
  return COUNT.format(value);
}

/** Four significant places where they matter: `0.6931`, `12.35`, `1.2e-5`; `–` where there is no value. */
export function formatValue(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) return value.toExponential(2);
  return value.toFixed(size < 10 ? 4 : size < 1000 ? 2 : 0);
}

/** An attention weight in a narrow cell: `0.42`, `-1.30`, `12.4`. */
export function formatWeight(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.005 || size >= 1e5)) return value.toExponential(0);
  return value.toFixed(size < 10 ? 2 : size < 100 ? 1 : 0);
}

/** `0.8 s`, `34 s`, `2 min 05 s`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const NARROW = /[ijlt.,:;'`|!()[\]{}Ifr ]/;
const BROAD = /[A-Zmw%@&–—]/;

/** Estimated width of a text in a sans-serif font, where nothing can measure it; same unit as `fontSize`. */
export function estimateWidth(text: string, fontSize: number): number {
  let width = 0;
  for (const character of text) {
    width += WIDE.test(character) ? 1 : NARROW.test(character) ? 0.31 : BROAD.test(character) ? 0.72 : 0.56;
  }
  return width * fontSize;
}

/** Cuts a text to what fits `width`, with an ellipsis. `measure` gives a text's width. */
export function ellipsise(text: string, width: number, measure: (text: string) => number): string {
  if (measure(text) <= width) return text;
  const characters = [...text];
  let low = 0;
  let high = characters.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (measure(`${characters.slice(0, middle).join('').trimEnd()}…`) <= width) low = middle;
    else high = middle - 1;
  }
  return low === 0 ? '' : `${characters.slice(0, low).join('').trimEnd()}…`;
}

/** Breaks a text into at most `lines` lines of `width`, at spaces where there are any; the last line is cut. */
export function wrapText(text: string, width: number, lines: number, measure: (text: string) => number): string[] {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const result: string[] = [];
  while (words.length > 0 && result.length < lines - 1) {
    let line = words.shift()!;
    while (words.length > 0 && measure(`${line} ${words[0]}`) <= width) line += ` ${words.shift()}`;
    if (measure(line) > width) {
      words.unshift(line);
      break;
    }
    result.push(line);
  }
  if (words.length > 0) result.push(ellipsise(words.join(' '), width, measure));
  return result;
}
