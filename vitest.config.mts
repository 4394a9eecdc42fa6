import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          // Ends what hangs; says nothing about speed. A busy machine takes ten times as long as a quiet one.
          testTimeout: 300_000,
          // Vitest's own choice leaves one of two processors idle.
          maxWorkers: '100%',
        },
      },
      {
        // a real kernel process, real TensorFlow: each file in a process of its own (one engine a process), two at a time
        test: {
          name: 'integration',
          globalSetup: 'test/build.ts',
          include: ['test/integration/**/*.test.ts'],
          // as in kernels: libtensorflow logs each graph that it loads
          env: { TF_CPP_MIN_LOG_LEVEL: process.env.TF_CPP_MIN_LOG_LEVEL ?? '2' },
          testTimeout: 300_000,
          // Processes that are killed, starved and timed: one more try, which the output shows.
          retry: 1,
          hookTimeout: 300_000,
          pool: 'forks',
          maxWorkers: 2,
        },
      },
      {
        // builds dist/ anew, which the other tests run: by itself, then
        test: {
          name: 'package',
          include: ['test/package/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          name: 'e2e',
          globalSetup: 'test/build.ts',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 480_000,
          // One more try, in a folder and a browser profile of its own; the output shows it.
          retry: 1,
          hookTimeout: 900_000,
          pool: 'forks',
          fileParallelism: false,
        },
      },
    ],
  },
});
