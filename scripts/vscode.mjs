// npm run vscode [-- [--browser] [FILE]]: opens a notebook in VS Code with this checkout as the extension.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { projectRoot, vscodeCache } from './vscode/paths.mjs';
import { linkExtension, serveVsCode, workbenchUrl } from './vscode/serve.mjs';

const onWindows = process.platform === 'win32';

function parseArguments(args) {
  const files = args.filter((arg) => arg !== '--browser');
  const unknown = files.find((arg) => arg.startsWith('-'));
  if (unknown || files.length > 1) {
    console.error(
      `${unknown ? `Unknown option ${unknown}.` : 'One notebook at a time.'}\nusage: npm run vscode [-- [--browser] [FILE]]`,
    );
    process.exit(2);
  }
  // npm starts this in the project's folder and tells where the user stood.
  const file = files[0]
    ? path.resolve(process.env.INIT_CWD ?? '.', files[0])
    : path.join(projectRoot, 'notebooks', 'din-movielens.dinnb');
  if (!existsSync(file)) {
    console.error(`There is no ${file}.`);
    process.exit(2);
  }
  return { file, browser: args.includes('--browser') };
}

/** Builds what VS Code will load, after a set-up where a fresh clone needs one. */
function build() {
  const node = (...args) => {
    const { status } = spawnSync(process.execPath, args, { cwd: projectRoot, stdio: 'inherit' });
    if (status !== 0) process.exit(status ?? 1);
  };
  if (!existsSync(path.join(projectRoot, 'node_modules', 'esbuild'))) node(path.join('scripts', 'setup.mjs'), 'start');
  node(path.join('scripts', 'build.mjs'));
}

/** Whether `code` is a desktop VS Code; in a terminal of a remote VS Code it is a command that cannot load an extension from a folder. */
function hasDesktopCode() {
  if (process.env.VSCODE_IPC_HOOK_CLI) return false;
  return spawnSync('code', ['--version'], { stdio: 'ignore', shell: onWindows }).status === 0;
}

function openInDesktop(folder, file) {
  console.log(`Opening ${file} in VS Code.`);
  const quote = (arg) => (onWindows ? `"${arg}"` : arg);
  const args = [`--extensionDevelopmentPath=${projectRoot}`, folder, file].map(quote);
  spawn('code', args, { stdio: 'inherit', shell: onWindows }).on('close', (code) => process.exit(code ?? 1));
}

async function openInBrowser(folder, file) {
  const extensionsDir = mkdtempSync(path.join(os.tmpdir(), 'dinnb-extensions-'));
  linkExtension(extensionsDir);
  const server = await serveVsCode({
    userDataDir: path.join(vscodeCache(), 'profile'),
    extensionsDir,
    log: console.log,
  });
  console.log(
    `\nVS Code is served on this machine. Open in a browser:\n\n  ${workbenchUrl(server, folder, file)}\n\nIt holds a password that is new at each start: keep it to yourself.\n\nPress ctrl-C to end it.`,
  );
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void server.stop());
  await server.ended;
  rmSync(extensionsDir, { recursive: true, force: true });
}

const { file, browser } = parseArguments(process.argv.slice(2));
const folder = path.dirname(file);
build();
if (!browser && hasDesktopCode()) openInDesktop(folder, file);
else await openInBrowser(folder, file);
