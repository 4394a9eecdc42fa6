/** Whether values of this MIME type are JSON values; all others are text or bytes. */
export function isJsonMime(mime: string): boolean {
  return /^application\/(?:json|[^;]*\+json)\s*(?:;|$)/i.test(mime);
}

/** Whether a representation is a picture: what `saveOutputs: figures` keeps. */
export function isFigureMime(mime: string): boolean {
  return mime.startsWith('image/') || /^application\/vnd\.(?:dinnb\.|plotly\.|vega)/.test(mime);
}

/** Whether values of this MIME type are bytes; a text given for one is base64, as in Jupyter. */
export function isBinaryMime(mime: string): boolean {
  if (/^image\/svg\+xml\b/.test(mime)) return false;
  return /^(?:image|audio|video)\/|^application\/(?:pdf|octet-stream|zip)\b/.test(mime);
}
