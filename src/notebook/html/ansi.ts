import { escapeHtml } from './escape';

const COLORS = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const;

// biome-ignore lint/suspicious/noControlCharactersInRegex: terminals' escape sequences begin with one
const SEQUENCE = /\u001b(?:\[([0-9;?]*)([@-~])|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;

interface Style {
  bold: boolean;
  dim: boolean;
  color: string | undefined;
}

const PLAIN: Style = { bold: false, dim: false, color: undefined };

function applyCode(style: Style, code: number): Style {
  if (code === 0) return PLAIN;
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, dim: true };
  if (code === 22) return { ...style, bold: false, dim: false };
  if (code === 39) return { ...style, color: undefined };
  if (code >= 30 && code <= 37) return { ...style, color: COLORS[code - 30] };
  if (code >= 90 && code <= 97) return { ...style, color: COLORS[code - 90] };
  return style;
}

function span(text: string, { bold, dim, color }: Style): string {
  if (text === '') return '';
  const names = [bold ? 'ansi-bold' : '', dim ? 'ansi-dim' : '', color ? `ansi-${color}` : ''].filter(Boolean);
  return names.length > 0 ? `<span class="${names.join(' ')}">${escapeHtml(text)}</span>` : escapeHtml(text);
}

/** A terminal's text as HTML: its colours, bold and dim; every other escape sequence is dropped. */
export function ansiToHtml(text: string): string {
  let style = PLAIN;
  let position = 0;
  let html = '';
  for (const match of text.matchAll(SEQUENCE)) {
    html += span(text.slice(position, match.index), style);
    position = match.index + match[0].length;
    if (match[2] === 'm') {
      for (const code of (match[1] || '0').split(';')) style = applyCode(style, Number(code));
    }
  }
  return html + span(text.slice(position), style);
}
