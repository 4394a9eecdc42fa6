import path from 'node:path';
import { buildSync } from 'esbuild';

const folder = path.join(__dirname, '../../node_modules/.cache/dinnb-tests');

/** A program of the tests as one file that `node` runs. @returns its path, inside the package, so that it finds the packages */
export function bundleScript(source: string): string {
  const script = path.join(folder, `${path.basename(source, '.ts')}.cjs`);
  buildSync({
    entryPoints: [source],
    outfile: script,
    bundle: true,
    platform: 'node',
    packages: 'external',
    logLevel: 'error',
    define: { 'import.meta.url': 'scriptUrl' },
    banner: { js: "const scriptUrl = require('node:url').pathToFileURL(__filename).href;" },
  });
  return script;
}
