/** The MIME types that dinnb itself defines; each has a schema in this folder and a renderer in `renderers/`. */
export const MIME_TRAINING = 'application/vnd.dinnb.training+json';
export const MIME_ATTENTION = 'application/vnd.dinnb.attention+json';

/**
 * One value in several representations, richest first by the reader's choice, as in Jupyter.
 * Values are strings (text types), JSON values (`+json` types) or bytes (`image/png` and other binary types).
 */
export type MimeBundle = { [mime: string]: unknown };
