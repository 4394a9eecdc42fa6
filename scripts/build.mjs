// Bundles everything into dist/, and leaves nothing else there. Usage: node scripts/build.mjs [--if-changed]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, realpathSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { leanPlotly } from './lean-plotly.mjs';
import { writeTypes } from './types.mjs';

// esbuild copies all names of a CommonJS module for each file that imports it: TensorFlow's 56 times, which takes a kernel 80 ms. One copy
// serves all, as a namespace of an ES module does.
const COPYING = /var __toESM = \(mod, isNodeMode, (target\d*)\) => \(/;
const SHARING =
  'var __copies = [new Map(), new Map()], ' +
  '__toESM = (mod, isNodeMode, copies = __copies[isNodeMode ? 1 : 0]) => ' +
  'copies.get(mod) ?? copies.set(mod, __copyOf(mod, isNodeMode)).get(mod), ' +
  '__copyOf = (mod, isNodeMode, $1) => (';

/** On the line of what it replaces: source maps stay right. */
const shareNamespaces = {
  name: 'share-namespaces',
  setup({ onEnd }) {
    onEnd(({ outputFiles }) => {
      for (const { path, text, contents } of outputFiles) {
        mkdirSync(dirname(path), { recursive: true });
        if (text.includes('__toESM(') && !path.endsWith('.map')) {
          const shared = text.replace(COPYING, SHARING);
          if (shared === text) throw new Error(`${path}: esbuild copies namespaces in other words now.`);
          writeFileSync(path, shared);
        } else writeFileSync(path, contents);
      }
    });
  },
};

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
  plugins: [shareNamespaces],
  write: false,
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
  ...[
    'RegExp',
    'Set',
    'SharedArrayBuffer',
    'String',
    'Symbol',
    'SyntaxError',
    'TypeError',
    'Uint32Array',
    'Uint8Array',
    'WeakMap',
  ],
  ...['WeakRef', 'WeakSet', 'clearTimeout', 'performance', 'process', 'queueMicrotask', 'setImmediate', 'setTimeout'],
].join(', ')} } = globalThis;`;
const from = (path) => join(root, 'src', path);
/** What stands for a module of Node in the extension of a web page. */
const forWeb = (name) => from(`extension/web/node/${name}.ts`);

export const bundles = [
  {
    ...node,
    entryPoints: [from('cli/main.ts')],
    outfile: 'dist/dinnb.js',
    banner: { js: `#!/usr/bin/env node\n${node.banner.js}` },
  },
  { ...node, entryPoints: [from('extension/extension.ts')], outfile: 'dist/extension.js' },
  {
    entryPoints: [from('extension/web/extension.ts')],
    outfile: 'dist/web.js',
    bundle: true,
    platform: 'browser',
    target: 'es2022',
    format: 'cjs',
    external: ['vscode'],
    alias: Object.fromEntries(['buffer', 'crypto', 'os', 'util'].map((name) => [`node:${name}`, forWeb(name)])),
    inject: [forWeb('buffer')],
    minify: true,
    sourcemap: 'linked',
    legalComments: 'none',
    logLevel: 'warning',
  },
  {
    ...node,
    entryPoints: [from('kernel/main.ts')],
    outfile: 'dist/kernel/main.js',
    banner: { js: `${ownGlobals}\n${node.banner.js}` },
  },
  { ...node, entryPoints: [from('kernel/shell.ts')], outfile: 'dist/kernel/shell.js' },
  {
    ...node,
    entryPoints: [from('kernel/vega.ts')],
    outfile: 'dist/kernel/vega.js',
    minify: true,
    // Its build for Node looks for a native canvas, to draw bitmaps and to measure texts.
    alias: { 'vega-canvas': './node_modules/vega-canvas/build/vega-canvas.browser.js' },
  },
  {
    ...node,
    entryPoints: [from('kernel/modules/hooks.ts')],
    outfile: 'dist/kernel/hooks.mjs',
    format: 'esm',
    banner: {},
    define: {},
  },
  { ...node, entryPoints: [from('din/index.ts')], outfile: 'dist/din.js' },
  // Most of it is TypeScript, whose text a process keeps: short, it takes 25 MB less. Its `lib.*.d.ts` are still the package's.
  {
    ...node,
    entryPoints: [from('language/server/main.ts')],
    outfile: 'dist/language.js',
    external: external.filter((name) => name !== 'typescript'),
    minify: true,
  },
  { ...node, entryPoints: [from('script/index.ts')], outfile: 'dist/script.js' },
  {
    entryPoints: [join(root, 'renderers', 'index.ts')],
    outfile: 'dist/renderers.js',
    bundle: true,
    platform: 'browser',
    target: 'es2022',
    format: 'esm',
    minify: true,
    define: { global: 'globalThis' },
    plugins: [leanPlotly],
    legalComments: 'none',
    logLevel: 'warning',
  },
];

/** Declarations: of `dinnb/din`, one file a source; of TensorFlow.js and Node for the editor (`types.mjs`). Types are checked by `npm run typecheck`, not here. */
export const TYPES = 'dist/types/din/index.d.ts';

async function buildTypes() {
  const sources = ['src/din', 'src/outputs', 'src/base', 'package-lock.json', 'scripts/types.mjs'].map((path) =>
    newest(join(root, path)),
  );
  if (newest(join(root, TYPES)) > Math.max(...sources)) {
    // As new as what is built beside them, or every later look would find something to build.
    const now = new Date();
    return utimesSync(join(root, TYPES), now, now);
  }
  rmSync(join(root, 'dist', 'types'), { recursive: true, force: true });
  writeTypes(root, join(root, 'dist', 'types'));
  const options = [
    ...['--ignoreConfig', '--declaration', '--emitDeclarationOnly', '--noCheck', '--strict', '--skipLibCheck'],
    ...['--target', 'es2022', '--lib', 'es2023,esnext.disposable', '--module', 'esnext'],
    ...['--moduleResolution', 'bundler', '--types', 'node', '--rootDir', 'src', '--outDir', 'dist/types'],
  ];
  const tsc = join('node_modules', 'typescript', 'bin', 'tsc');
  const child = spawn(process.execPath, [tsc, ...options, 'src/din/index.ts'], { cwd: root, stdio: 'inherit' });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the declarations of dinnb/din could not be made: tsc ended with exit code ${code}`);
}

/** What an earlier version built, or somebody put there, would be packed and loaded. */
function removeStrangers() {
  const dist = join(root, 'dist');
  const ours = new Set(bundles.flatMap(({ outfile }) => [outfile, `${outfile}.map`]));
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    const file = relative(root, join(entry.parentPath, entry.name)).split(sep).join('/');
    if (!entry.isDirectory() && !ours.has(file) && !/^dist\/types\/.*\.d\.ts$/.test(file)) rmSync(join(root, file));
  }
}

async function main() {
  const sources = Math.max(
    ...[
      ...['src', 'renderers', 'scripts/build.mjs', 'scripts/lean-plotly.mjs', 'scripts/types.mjs'],
      ...['package.json', 'package-lock.json'],
    ].map((path) => newest(join(root, path))),
  );
  const built = Math.min(...[...bundles.map(({ outfile }) => outfile), TYPES].map((file) => newest(join(root, file))));
  if (process.argv.includes('--if-changed') && built > sources) return console.log('build: up to date');
  const start = performance.now();
  await Promise.all([...bundles.map((options) => build({ ...options, absWorkingDir: root })), buildTypes()]);
  removeStrangers();
  console.log(`build: ${bundles.length} bundles in dist/ (${Math.round(performance.now() - start)} ms)`);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await main();
