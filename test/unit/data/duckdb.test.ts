import { readdir, readlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { csv, simulated } from '../../../src/din/data';
import { temporaryFolder } from './temporary-folder';

const duckdb = vi.hoisted(() => ({ broken: false }));

vi.mock('@duckdb/node-api', async (original) => {
  const real = await original<typeof import('@duckdb/node-api')>();
  return {
    get DuckDBInstance() {
      if (duckdb.broken) throw new Error("Cannot find module '@duckdb/node-bindings-plan9-mips/duckdb.node'");
      return real.DuckDBInstance;
    },
  };
});

describe('DuckDB', () => {
  it('is needed for files only; where it does not load, the error says what to do', async () => {
    duckdb.broken = true;
    try {
      expect((await simulated({ rows: 100 })).train.rows).toBe(80);
      const folder = await temporaryFolder({ 'samples.csv': 'a\n1\n' });
      await expect(csv(path.join(folder, 'samples.csv'))).rejects.toThrow(
        /DuckDB, which reads CSV files, could not be loaded on \S+ \(Node [\d.]+\): Cannot find module .*npm install @duckdb\/node-api.*data = 'simulated'/,
      );
    } finally {
      duckdb.broken = false;
    }
  });

  const hasProc = process.platform === 'linux';
  if (!hasProc) console.warn('SKIPPED: counting open files, which needs /proc.');
  it.skipIf(!hasProc)('leaves no file open, after success and after an error', async () => {
    const folder = await temporaryFolder();
    const file = path.join(folder, 'samples.csv');
    for (const text of ['movieId\n1\n', '', 'movieId,movieId\n']) {
      await writeFile(file, text);
      await expect(csv(file)).rejects.toThrow();
    }
    const open = await Promise.all(
      (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
    );
    expect(open.filter((target) => target.startsWith(folder))).toEqual([]);
  });
});
