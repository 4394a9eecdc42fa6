/**
 * An installed Chromium, Chrome or Edge; `DINNB_CHROMIUM` (a path) decides where it is set.
 *
 * @throws Error when that path does not exist
 */
export function findChromium(env?: NodeJS.ProcessEnv): string | undefined;
