// Bundles everything into dist/. Usage: node scripts/build.mjs [--if-changed]
import { readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** Time of the newest file below a folder or of a file; 0 when it does not exist. */
function newest(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

// Loaded at run time from node_modules beside dist/: native, or large, or one copy for everybody (TensorFlow.js).
const external = ['vscode', 'typescript', '@tensorflow/*', '@duckdb/*', '@mapbox/*', 'node-gyp'];
const node = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  external,
  sourcemap: 'linked',
  legalComments: 'none',
  logLevel: 'warning',
  // `import.meta.url` in sources that also run unbundled (vitest)
  banner: { js: "const __moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
  define: { 'import.meta.url': '__moduleUrl' },
};
// The kernel's main thread shares its globals with cells: one that says `Promise = null` must not take the kernel along.
const ownGlobals = `const { ${[
  ...[
    'Array',
    'ArrayBuffer',
    'Atomics',
    'BigInt',
    'Boolean',
    'Buffer',
    'Date',
    'Error',
    'Float32Array',
    'Float64Array',
  ],
  ...['Function', 'Int32Array', 'JSON', 'Map', 'Math', 'Number', 'Object', 'Promise', 'Proxy', 'RangeError', 'Reflect'],
  ...['RegExp', 'Set', 'SharedArrayBuffer', 'String', 'Symbol', 'SyntaxError', 'TypeError', 'Uint8Array', 'WeakMap'],
  ...['WeakRef', 'WeakSet', 'clearTimeout', 'performance', 'process', 'queueMicrotask', 'setImmediate', 'setTimeout'],
].join(', ')} } = globalThis;`;
const from = (path) => join(root, 'src', path);

const bundles = [
  {
    ...node,
    entryPoints: [from('cli/main.ts')],
    outfile: 'dist/dinnb.js',
    banner: { js: `#!/usr/bin/env node\n${node.banner.js}` },
  },
  { ...node, entryPoints: [from('extension/extension.ts')], outfile: 'dist/extension.js' },
  {
    ...node,
    entryPoints: [from('kernel/main.ts')],
    outfile: 'dist/kernel/main.js',
    banner: { js: `${ownGlobals}\n${node.banner.js}` },
  },
  { ...node, entryPoints: [from('kernel/shell.ts')], outfile: 'dist/kernel/shell.js' },
  {
    ...node,
    entryPoints: [from('kernel/modules/hooks.ts')],
    outfile: 'dist/kernel/hooks.mjs',
    format: 'esm',
    banner: {},
    define: {},
  },
  { ...node, entryPoints: [from('din/index.ts')], outfile: 'dist/din.js' },
  ...['training', 'attention'].map((name) => ({
    entryPoints: [join(root, 'renderers', name, 'index.ts')],
    outfile: `dist/renderers/${name}.js`,
    bundle: true,
    platform: 'browser',
    target: 'es2022',
    format: 'esm',
    minify: true,
    define: { global: 'globalThis' },
    legalComments: 'none',
    logLevel: 'warning',
  })),
];

const onlyIfChanged = process.argv.includes('--if-changed');
const sources = Math.max(
  ...['src', 'renderers', 'scripts/build.mjs', 'package.json', 'package-lock.json'].map((p) => newest(join(root, p))),
);
const built = Math.min(...bundles.map(({ outfile }) => newest(join(root, outfile))));
if (onlyIfChanged && built > sources) {
  console.log('build: up to date');
} else {
  const start = performance.now();
  await Promise.all(bundles.map((options) => build({ ...options, absWorkingDir: root })));
  console.log(`build: ${bundles.length} bundles in dist/ (${Math.round(performance.now() - start)} ms)`);
}
