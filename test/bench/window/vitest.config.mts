import { defineConfig } from 'vitest/config';

/** Runs the measurement as the end-to-end tests are run: a real VS Code in a real browser. */
export default defineConfig({
  test: {
    root: new URL('../../..', import.meta.url).pathname,
    include: ['test/bench/window/measure.ts'],
    testTimeout: 900_000,
    hookTimeout: 900_000,
  },
});
