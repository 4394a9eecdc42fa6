/** A way to a TensorFlow that is closed on this machine: the message says why, in words for the user. */
export class StepError extends Error {
  override name = 'StepError';
}

/** No runtime as asked for; the message names the reason and the remedy. */
export class RuntimeUnavailableError extends Error {
  override name = 'RuntimeUnavailableError';
}

/** Why something failed, in words: system errors that users meet are named, with the file they concern. */
export function describeError(error: unknown): string {
  const { code, message, path } = error as NodeJS.ErrnoException;
  const at = path ? ` (${path})` : '';
  if (code === 'ENOSPC') return `no space is left on the disk${at}`;
  if (code === 'EACCES' || code === 'EPERM') return `permission denied${at}`;
  if (code === 'EROFS') return `the disk is read-only${at}`;
  return message ?? String(error);
}
