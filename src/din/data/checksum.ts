import { stat } from 'node:fs/promises';
import path from 'node:path';
import { fileSha256 } from '../../base/file-hash';
import { recordProvenance } from '../../base/provenance';
import type { SampleSource } from './sample-set';

/**
 * What a sample set records of the files it was made of, and tells the notebook's provenance.
 *
 * @param rows of each file, where known
 */
export async function describeSource(
  files: readonly string[],
  rows: readonly (number | undefined)[] = [],
): Promise<SampleSource> {
  const sha256: Record<string, string> = {};
  for (const [index, file] of files.entries()) {
    const hash = await fileSha256(file);
    sha256[path.basename(file)] = hash;
    const { size } = await stat(file);
    const count = rows[index] === undefined ? {} : { rows: rows[index] };
    recordProvenance({ type: 'data', path: path.resolve(file), sha256: hash, bytes: size, ...count });
  }
  return { files: files.map((file) => path.resolve(file)), sha256 };
}
