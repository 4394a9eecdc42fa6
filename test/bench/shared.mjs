// What the benchmarks have in common: measuring scripts that are bundled with the sources they measure, and percentiles.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');

/**
 * Bundles scripts of a benchmark and works with them in a folder that is removed afterwards.
 *
 * @param here the benchmark's folder
 * @param names of its scripts, without `.ts`
 * @param depth how far above itself a bundle looks for the folder dist
 * @param work is given the folder, and the path of a bundle by its script's name
 */
export async function withBundles(here, names, depth, work) {
  const folder = mkdtempSync(join(tmpdir(), 'dinnb-bench-'));
  try {
    const outdir = join(folder, ...Array.from({ length: depth }, (_, level) => `level${level + 1}`));
    mkdirSync(outdir, { recursive: true });
    symlinkSync(join(root, 'dist'), join(folder, 'dist'), 'junction');
    await build({
      entryPoints: Object.fromEntries(names.map((name) => [name, join(here, `${name}.ts`)])),
      outdir,
      outExtension: { '.js': '.cjs' },
      bundle: true,
      platform: 'node',
      logLevel: 'error',
    });
    await work(folder, (name) => join(outdir, `${name}.cjs`));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The TensorFlow that kernels of this machine run on, as the host is told. */
export function chosenRuntime() {
  const doctor = JSON.parse(
    execFileSync(process.execPath, [join(root, 'dist', 'dinnb.js'), 'doctor', '--json'], { encoding: 'utf8' }),
  );
  return doctor.chosen?.addon
    ? { backend: 'native', addon: doctor.chosen.addon, tensorflow: '2' }
    : { backend: 'wasm' };
}

/** The value below which this share of them lies. */
export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}
