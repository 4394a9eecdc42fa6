/** Wrong usage or unreadable input: exit code 2, the message alone is printed. */
export class UsageError extends Error {
  override name = 'UsageError';
}
