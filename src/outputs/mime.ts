/** The MIME types that `renderers/` draws; those that dinnb itself defines have a schema in this folder. */
export const MIME_TRAINING = 'application/vnd.dinnb.training+json';
export const MIME_ATTENTION = 'application/vnd.dinnb.attention+json';
export const MIME_TABLE = 'application/vnd.dinnb.table+json';
export const MIME_PROGRESS = 'application/vnd.dinnb.progress+json';
/** The form of a parameters cell; only in the editor. */
export const MIME_PARAMETERS = 'application/vnd.dinnb.parameters+json';
/** Plotly's own, as its libraries for Python, R and JavaScript write it: `{ data, layout }`. */
export const MIME_PLOTLY = 'application/vnd.plotly.v1+json';

/** The ecosystem's own; the kernel adds a picture. */
export const MIME_VEGA_LITE = 'application/vnd.vegalite.v6+json';

/**
 * One value in several representations, richest first by the reader's choice, as in Jupyter.
 * Values are strings (text types), JSON values (`+json` types) or bytes (`image/png` and other binary types).
 */
export type MimeBundle = { [mime: string]: unknown };
