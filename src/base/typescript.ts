import { createRequire } from 'node:module';
import type * as TypeScript from 'typescript';

/**
 * The TypeScript compiler, loaded when it is first asked for: a process that needs none does without. Not by `import()`: Node would read
 * its nine megabytes two more times before it runs them, for their format and for the names that they export, which takes a second.
 */
export function typescript(): typeof TypeScript {
  return createRequire(import.meta.url)('typescript');
}
