import { lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** Bytes of all files below a folder; files that vanish meanwhile count nothing, links are not followed. */
export function folderSize(folder: string): number {
  let bytes = 0;
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    // Gone or unreadable: then there is nothing to count.
    return 0;
  }
  for (const name of names) {
    const file = path.join(folder, name);
    const stat = lstatSync(file, { throwIfNoEntry: false });
    if (stat?.isDirectory()) bytes += folderSize(file);
    else if (stat?.isFile()) bytes += stat.size;
  }
  return bytes;
}

/** Reports the size of a growing folder each second, when it changed, until the returned function is called. */
export function watchFolderSize(folder: string, onSize: (bytes: number) => void): () => void {
  let last = 0;
  const timer = setInterval(() => {
    const bytes = folderSize(folder);
    if (bytes === last) return;
    last = bytes;
    onSize(bytes);
  }, 1_000);
  timer.unref();
  return () => clearInterval(timer);
}
