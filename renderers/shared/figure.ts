import type { Theme } from './theme';

/** What plotly draws, as plain data: built by pure functions, so that it can be tested without a browser. */
export interface Figure {
  data: Trace[];
  layout: { [name: string]: unknown };
}

export type Trace = { type: string } & { [name: string]: unknown };

/**
 * Text for plotly, which reads a small HTML in labels and hovers: titles are data and must show as they are written.
 * Put it into `text`, `customdata` or a label, never into a template itself, where `%{` has a meaning.
 */
export function plotlyText(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/\s+/g, ' ');
}

/** What all of our figures share: the theme's font and colours on the page's own ground, hovers in full, no legend of plotly's. */
export function themedLayout(theme: Theme): Figure['layout'] {
  const font = { family: theme.font, size: 12, color: theme.foreground };
  return {
    font,
    paper_bgcolor: 'rgba(0,0,0,0)',
    plot_bgcolor: 'rgba(0,0,0,0)',
    hovermode: 'closest',
    hoverlabel: { bgcolor: theme.hoverBackground, bordercolor: theme.hoverBorder, font, align: 'left', namelength: -1 },
    showlegend: false,
    modebar: { bgcolor: 'rgba(0,0,0,0)', color: theme.muted, activecolor: theme.foreground },
  };
}
