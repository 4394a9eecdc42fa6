import type { FileHandle } from 'node:fs/promises';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import * as models from '../../../src/din/models/index';
import { nativeTensorFlow } from '../tensorflow';
import { quiet, smallColumns, smallSamples } from './samples';

/** Bytes that the disk still takes. */
const disk = vi.hoisted(() => ({ room: Number.POSITIVE_INFINITY }));

/** A disk that fills: each file's writes take from the same room, and fail as Linux lets them fail. */
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const open = async (...args: Parameters<typeof real.open>): Promise<FileHandle> => {
    const handle = await real.open(...args);
    const write = handle.write.bind(handle) as (...all: unknown[]) => Promise<{ bytesWritten: number }>;
    handle.write = (async (bytes: Uint8Array, at = 0, length = bytes.byteLength) => {
      if (disk.room <= 0)
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' });
      const taken = Math.min(length, disk.room);
      disk.room -= taken;
      return write(bytes, at, taken);
    }) as unknown as FileHandle['write'];
    return handle;
  };
  return { ...real, open, default: { ...real, open } };
});

let folder: string;
const table = smallSamples(200);
const training = { ...quiet, batchSize: 20, epochs: 2 };

beforeAll(() => {
  nativeTensorFlow();
});
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'dinnb-full-disk-'));
});
afterEach(async () => {
  disk.room = Number.POSITIVE_INFINITY;
  await rm(folder, { recursive: true });
});

/** Each file's bytes, by name. */
async function contents(): Promise<Map<string, string>> {
  // A training that runs has its lock there too.
  const names = (await readdir(folder)).filter((name) => name !== 'training.lock').sort();
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(path.join(folder, name), 'hex')] as const)),
  );
}

it.each([
  ['at once', () => 0],
  ['in the middle of the tensors', (tensors: number) => tensors / 2],
  ['in the middle of the file that names them', (tensors: number) => tensors + 100],
])(
  'a disk that fills at a checkpoint, %s: fit ends, says where and what to do; the one before is gone on from',
  async (_, room) => {
    const whole = models.din(smallColumns());
    await whole.fit(table, training);

    const checkpoint = { path: folder, everySteps: 5 };
    const model = models.din(smallColumns());
    let before = new Map<string, string>();
    let steps = 0;
    const fills = {
      everySteps: 1,
      async onStepEnd() {
        steps++;
        // After the checkpoint of step 10, before that of step 15.
        if (steps !== 12) return;
        before = await contents();
        const tensors = [...before].find(([name]) => name.startsWith('tensors-'))![1].length / 2;
        disk.room = room(tensors);
      },
    };
    const failed: Error = await model.fit(table, { ...training, checkpoint, callbacks: [fills] }).then(
      () => expect.unreachable('the disk was full'),
      (error) => error,
    );
    expect(failed.name).toBe('DataError');
    expect(failed.message).toBe(
      `The checkpoint of epoch 2, step 5 could not be written to ${folder}: ENOSPC: no space left on device, write. ` +
        'The one before is unchanged: make room or the folder writable, and go on from it with resume: true.',
    );
    expect(before.size).toBe(2);
    expect(await contents()).toEqual(before);

    disk.room = Number.POSITIVE_INFINITY;
    const again = models.din(smallColumns());
    await again.fit(table, { ...training, checkpoint, resume: true, callbacks: [{ everySteps: 1, onStepEnd() {} }] });
    const weights = (of: models.RecommenderModel) => of.network.getWeights().map((weight) => [...weight.dataSync()]);
    expect(weights(again)).toEqual(weights(whole));
    for (const each of [whole, model, again]) each.dispose();
  },
);

it('a disk that is full when a model is saved says so, and the old model stays', async () => {
  const model = models.din(smallColumns());
  await model.fit(table, training);
  await model.save(folder);
  const before = await contents();
  disk.room = 1000;
  await expect(model.save(folder)).rejects.toThrow(/could not be saved.*ENOSPC: no space left on device.*unchanged/);
  expect(await contents()).toEqual(before);
  model.dispose();
});
