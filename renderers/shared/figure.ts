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
