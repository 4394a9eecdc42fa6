/** Characters of a source map that goes with its code. */
const LARGEST_MAP = 1_000_000;

/**
 * A line for the end of code: with its map in it, a debugger that comes later finds what stands there. One as large as data is not worth its
 * place.
 *
 * @param source the URL of what was compiled
 */
export function inlineMap(map: string, source: string): string {
  if (map.length > LARGEST_MAP) return '';
  const whole = { ...(JSON.parse(map) as object), sourceRoot: '', sources: [source] };
  return `//# sourceMappingURL=data:application/json;base64,${Buffer.from(JSON.stringify(whole)).toString('base64')}\n`;
}
