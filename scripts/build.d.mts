import type { BuildOptions } from 'esbuild';

/** What `node scripts/build.mjs` writes to dist/. */
export const bundles: (BuildOptions & { outfile: string })[];
