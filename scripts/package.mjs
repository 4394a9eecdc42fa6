// npm run package: builds dinnb-<version>-<platform>-<arch>.vsix for the platform it runs on. Where no TensorFlow is to
// be had (Windows, Macs with Intel), or with --without-addon, it carries no addon and runs on WebAssembly. With --web:
// dinnb-<version>-web.vsix, which shows and edits notebooks in VS Code for the Web.
//
// It is staged in a clean folder: the bundles, the notebooks, the prebuilt TensorFlow addon, and of the packages that
// load at run time only the files that Node loads. They lie in dist/node_modules, where the bundles find them, because
// vsce leaves a top-level node_modules out. What is staged must pass a load check before it is packed.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundles } from './build.mjs';
import { cacheFolder, projectRoot } from './vscode/paths.mjs';

const platform = `${process.platform}-${process.arch}`;
/** For VS Code as a web page: what runs there is one bundle, and nothing of Node. */
const web = process.argv.includes('--web');
const target = web ? 'web' : platform;

/** What Node loads of each package at run time; package.json and licences always come along. Everything else stays out. */
const RUNTIME_FILES = {
  '@tensorflow/tfjs': ['dist/tf.node.js'],
  '@tensorflow/tfjs-core': ['dist/tf-core.node.js'],
  '@tensorflow/tfjs-layers': ['dist/tf-layers.node.js'],
  '@tensorflow/tfjs-converter': ['dist/tf-converter.node.js'],
  '@tensorflow/tfjs-data': ['dist/tf-data.node.js'],
  '@tensorflow/tfjs-backend-cpu': ['dist/tf-backend-cpu.node.js'],
  '@tensorflow/tfjs-backend-webgl': ['dist/tf-backend-webgl.node.js'],
  '@tensorflow/tfjs-backend-wasm': ['dist/tf-backend-wasm.node.js', /^dist\/[^/]+\.wasm$/],
  '@tensorflow/tfjs-node': [/^dist\/(?!.*_test\.js$|run_tests).*\.js$/],
  'google-protobuf': ['google-protobuf.js'],
  long: ['src/long.js'],
  progress: [/^(index|lib\/.*)\.js$/],
  seedrandom: [/^(index|seedrandom|lib\/[^.]+)\.js$/],
  '@duckdb/node-api': [/^lib\/.*\.js$/],
  '@duckdb/node-bindings': ['duckdb.js'],
  [`@duckdb/node-bindings-${platform}`]: [/\.(node|so|dylib|dll)$/],
  'detect-libc': [/^lib\/.*\.js$/],
  // The declarations of JavaScript itself, for the editor; pages and workers are not where cells run.
  typescript: ['lib/typescript.js', /^lib\/lib\.(?!dom|webworker|scripthost).*\.d\.ts$/],
};
/** Of our own folders, by kind: whatever else lies there stays out. */
const escaped = (text) => text.replace(/[.+]/g, '\\$&');
const forWeb = ['dist/web.js', 'dist/renderers.js'];
const shippedBundles = bundles
  .map(({ outfile }) => outfile)
  .filter((file) => (web ? forWeb.includes(file) : file !== 'dist/web.js'));
const SHIPPED = {
  dist: new RegExp(`^(?:${shippedBundles.map(escaped).join('|')}${web ? '' : '|dist/types/.*\\.d\\.ts'})$`),
  notebooks: /\.dinnb$/,
  docs: /\.md$/,
  media: /\.(?:png|svg|md)$/,
  syntaxes: /\.json$/,
  snippets: /\.json$/,
  l10n: /\.json$/,
};
const ALWAYS = [/^package\.json$/, /^(licen[cs]e|copying|notice|thirdpartynotice)[^/]*$/i];

const fail = (message) => {
  console.error(message);
  process.exit(1);
};

function run(args, options = {}) {
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: projectRoot, stdio: 'inherit', ...options });
  if (status !== 0) fail(`${args.join(' ')} ended with exit code ${status}.\n${stdout ?? ''}`);
}

const filesBelow = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'));

function copy(from, to) {
  mkdirSync(path.dirname(to), { recursive: true });
  cpSync(from, to);
}

function stagePackage(name, patterns, modules) {
  const from = path.join(projectRoot, 'node_modules', name);
  if (!existsSync(from)) fail(`The package ${name} is not installed: run npm ci.`);
  const matches = (file) =>
    [...patterns, ...ALWAYS].some((pattern) => (typeof pattern === 'string' ? pattern === file : pattern.test(file)));
  const files = filesBelow(from).filter((file) => !file.startsWith('node_modules/') && matches(file));
  for (const pattern of patterns) {
    if (typeof pattern === 'string' && !files.includes(pattern))
      fail(`${name} has no ${pattern} any more: correct RUNTIME_FILES in scripts/package.mjs.`);
  }
  for (const file of files) copy(path.join(from, file), path.join(modules, name, file));
}

/** The addon of the newest TensorFlow that `dinnb doctor` set up here, or of the folder that DINNB_TENSORFLOW names. */
function findAddon() {
  const inside = path.join('lib', 'napi-v8', 'tfjs_binding.node');
  const installations = path.join(cacheFolder(), 'tensorflow');
  const cached = existsSync(installations)
    ? readdirSync(installations).filter((name) => !name.startsWith('.') && name.endsWith(`-${platform}`))
    : [];
  cached.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  const folders = [process.env.DINNB_TENSORFLOW, ...cached.map((name) => path.join(installations, name))].filter(
    Boolean,
  );
  return folders.map((folder) => path.join(folder, inside)).find((file) => existsSync(file));
}

/** The manifest as an installed extension needs it: nothing that only a checkout can use. */
function stageManifest(stage) {
  const {
    scripts,
    dependencies,
    devDependencies,
    private: _private,
    files: _files,
    ...manifest
  } = JSON.parse(readFileSync(path.join(projectRoot, 'package.json'), 'utf8'));
  if (web) {
    for (const field of ['main', 'bin', 'exports', 'extensionKind']) delete manifest[field];
    for (const point of ['languageModelTools', 'views', 'viewsContainers', 'breakpoints'])
      delete manifest.contributes[point];
  } else delete manifest.browser;
  writeFileSync(path.join(stage, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

function stageAll(stage, addon) {
  const manifest = stageManifest(stage);
  for (const file of ['README.md', 'LICENSE', 'CHANGELOG.md', 'docs/dinnb.schema.json'])
    copy(path.join(projectRoot, file), path.join(stage, file));
  for (const folder of ['dist', 'notebooks', 'docs', 'media', 'syntaxes', 'snippets', 'l10n']) {
    const from = path.join(projectRoot, folder);
    for (const file of existsSync(from) ? filesBelow(from) : []) {
      if (SHIPPED[folder].test(`${folder}/${file}`)) copy(path.join(from, file), path.join(stage, folder, file));
    }
  }
  for (const file of readdirSync(projectRoot)) {
    if (/^(package\.nls.*|language-configuration)\.json$/.test(file))
      copy(path.join(projectRoot, file), path.join(stage, file));
  }
  for (const [name, patterns] of Object.entries(web ? {} : RUNTIME_FILES))
    stagePackage(name, patterns, path.join(stage, 'dist', 'node_modules'));
  stageNotices(stage);
  copy(path.join(projectRoot, '.vscodeignore'), path.join(stage, '.vscodeignore'));
  if (addon) copy(addon, path.join(stage, 'prebuilt', platform, 'tfjs_binding.node'));
  return manifest;
}

const packageOf = (file) => /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1];

/** Packages that esbuild put into the bundles: what their source maps name, and what the renderers (which have none) draw with. */
function bundledPackages() {
  const dist = path.join(projectRoot, 'dist');
  const maps = shippedBundles
    .map((file) => `${file.slice('dist/'.length)}.map`)
    .filter((map) => existsSync(path.join(dist, map)));
  const sources = maps.flatMap((file) => JSON.parse(readFileSync(path.join(dist, file), 'utf8')).sources);
  return [...new Set(['plotly.js', ...sources.map(packageOf).filter(Boolean)])];
}

/** Who wrote what is in here, and on which terms: their licences ask for that. */
function stageNotices(stage) {
  const names = [...new Set([...Object.keys(web ? {} : RUNTIME_FILES), ...bundledPackages()])].sort();
  const notices = names.map((name) => {
    const folder = path.join(projectRoot, 'node_modules', name);
    const { version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
    const text = readdirSync(folder).find((file) => /^(licen[cs]e|copying)/i.test(file));
    return `${name} ${version} (${license})\n${text ? `\n${readFileSync(path.join(folder, text), 'utf8').trim()}\n` : ''}`;
  });
  writeFileSync(path.join(stage, 'ThirdPartyNotices.txt'), notices.join(`\n${'-'.repeat(80)}\n`));
}

/** Loads, as the bundles will, each package that is loaded at run time: a file that was left out shows here, not at a user's. */
const LOAD_CHECK = `
  const require = (await import('node:module')).createRequire(process.argv[1]);
  const tf = require('@tensorflow/tfjs');
  require('@tensorflow/tfjs-backend-wasm').setWasmPaths(require('node:path').dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + '/');
  if (!(await tf.setBackend('wasm'))) throw new Error('the WebAssembly backend does not start');
  const sum = tf.tidy(() => tf.layers.dense({ units: 1, kernelInitializer: 'ones' }).apply(tf.ones([1, 3])).dataSync()[0]);
  if (sum !== 3) throw new Error('a dense layer gave ' + sum);
  const duckdb = await require('@duckdb/node-api').DuckDBInstance.create(':memory:');
  const rows = await (await (await duckdb.connect()).runAndReadAll('select 40 + 2')).getRows();
  if (rows[0][0] !== 42) throw new Error('DuckDB gave ' + rows[0][0]);
  if (require('typescript').transpile('let a: number').includes('number')) throw new Error('TypeScript does not transpile');
  if (process.argv[2] === undefined) process.exit();
  const Module = require('node:module'), load = Module._load;
  Module._load = function (request, ...rest) { return request === '@mapbox/node-pre-gyp' ? { find: () => process.argv[2] } : load.call(this, request, ...rest); };
  Object.assign(require('node:util'), { isNullOrUndefined: (v) => v == null, isArray: Array.isArray });
  require('@tensorflow/tfjs-node');
  if (tf.getBackend() !== 'tensorflow' || tf.ones([3]).sum().dataSync()[0] !== 3) throw new Error('the native backend does not work');
`;

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

run([path.join('scripts', 'build.mjs')]);
const addon = web || process.argv.includes('--without-addon') ? undefined : findAddon();
if (!addon && !web) {
  const needed = /^(linux-.*|darwin-arm64)$/.test(platform) && !process.argv.includes('--without-addon');
  if (needed)
    fail('No TensorFlow addon to pack: run `node dist/dinnb.js doctor --install` first, or pack --without-addon.');
  console.log(`No TensorFlow addon for ${platform} is packed: it runs on WebAssembly.`);
}
const stage = mkdtempSync(path.join(os.tmpdir(), 'dinnb-package-'));
try {
  const manifest = stageAll(stage, addon);
  if (!web)
    run(
      ['--input-type=module', '-e', LOAD_CHECK, path.join(stage, 'dist', 'extension.js'), ...(addon ? [addon] : [])],
      {
        cwd: stage,
        env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' },
      },
    );
  const named = process.argv.indexOf('--out');
  const file =
    named > 0
      ? path.resolve(process.argv[named + 1])
      : path.join(projectRoot, `${manifest.name}-${manifest.version}-${target}.vsix`);
  const vsce = path.join(projectRoot, 'node_modules', '@vscode', 'vsce', 'vsce');
  const flags = [
    '--no-dependencies',
    '--no-rewrite-relative-links',
    '--allow-missing-repository',
    '--target',
    target,
    '--out',
    file,
  ];
  run([vsce, 'package', ...flags], { cwd: stage });
  const unpacked = filesBelow(stage).reduce((sum, name) => sum + statSync(path.join(stage, name)).size, 0);
  console.log(
    `${path.basename(file)}: ${megabytes(statSync(file).size)} (${megabytes(unpacked)} installed)\n${pathToFileURL(file)}`,
  );
} finally {
  rmSync(stage, { recursive: true, force: true });
}
