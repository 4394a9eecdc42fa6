import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UsageError } from './errors';
import { findChromium } from './find-chromium.mjs';

const TIMEOUT = 120_000;

/**
 * A page as PDF, printed by a Chromium of the machine. The page's own content policy keeps it off the network.
 *
 * @throws UsageError where none is found or it fails
 */
export async function htmlToPdf(html: string): Promise<Uint8Array> {
  const browser = chromium();
  const folder = mkdtempSync(join(tmpdir(), 'dinnb-pdf-'));
  try {
    const page = join(folder, 'page.html');
    const pdf = join(folder, 'page.pdf');
    writeFileSync(page, html);
    const said = await print(browser, [
      '--headless=new',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--no-first-run',
      '--no-pdf-header-footer',
      '--virtual-time-budget=10000',
      `--user-data-dir=${join(folder, 'profile')}`,
      // Chromium refuses to run as root with its sandbox, which is how containers and build servers run.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      `--print-to-pdf=${pdf}`,
      pathToFileURL(page).href,
    ]);
    if (!existsSync(pdf)) throw new UsageError(`${browser} made no PDF.${said ? ` It said: ${said}` : ''}`);
    return readFileSync(pdf);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function chromium(): string {
  let found: string | undefined;
  try {
    found = findChromium();
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  if (found) return found;
  throw new UsageError(
    'A PDF is printed by Chromium, Chrome or Edge, and none was found. Install one, or set DINNB_CHROMIUM to its path; or export to html and print that.',
  );
}

/** @returns the last of what it said */
async function print(browser: string, args: string[]): Promise<string> {
  const child = spawn(browser, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: TIMEOUT, killSignal: 'SIGKILL' });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2000);
  });
  try {
    const [, signal] = await once(child, 'close');
    return signal ? `${said}\n(ended by ${signal})`.trim() : said.trim();
  } catch (error) {
    throw new UsageError(`${browser} could not be started: ${(error as Error).message}`);
  }
}
