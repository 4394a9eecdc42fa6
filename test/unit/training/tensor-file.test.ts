import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { fingerprint } from '../../../src/din/training/checkpoints';
import { bytesOf } from '../../../src/din/training/tensor-file';

it('gives the bytes of a view, part by part, and no others', () => {
  const values = new Int32Array(new Int32Array([7, 1, 2, 3, 9]).buffer, 4, 3);
  expect(Buffer.concat([...bytesOf(values)])).toEqual(Buffer.from(Int32Array.of(1, 2, 3).buffer));
  expect([...bytesOf(new Float32Array(0))]).toEqual([]);

  const large = new Float32Array(2 ** 24 + 3);
  large.set([1, 2, 3], 2 ** 24);
  const parts = [...bytesOf(large)];
  expect(parts.length).toBeGreaterThan(1);
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  expect(hash.digest('hex')).toBe(createHash('sha256').update(large).digest('hex'));
});

// Node's hashes refuse more than 2 GiB at once. The zeros take no memory: nobody writes them.
it('takes the fingerprint of more than 2 GiB', async () => {
  const values = new Float32Array(2 ** 29 + 1);
  const data = { rows: 3, inputs: [{ width: 1, values }], labels: [] } as unknown as Parameters<typeof fingerprint>[0];
  expect(await fingerprint(data)).toMatch(/^3 rows, [0-9a-f]{16}$/);
});
