import path from 'node:path';

/**
 * What a person types to set TensorFlow up: the command line as it was started, where it was (a clone has no `dinnb` on
 * the PATH), else its plain name, which the extension replaces by a command of its own.
 *
 * @param script `process.argv[1]`
 */
export function installCommand(script: string | undefined, cwd: string): string {
  const isCli = script !== undefined && path.basename(script) === 'dinnb.js';
  return `${isCli ? `node ${quoted(shortest(script, cwd))}` : 'dinnb'} doctor --install`;
}

function shortest(file: string, cwd: string): string {
  const relative = path.relative(cwd, file);
  return relative.startsWith('..') ? file : relative;
}

function quoted(file: string): string {
  return /\s/.test(file) ? `"${file}"` : file;
}
