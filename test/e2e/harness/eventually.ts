/** Milliseconds that a busy machine may take to show something; nothing waits longer than the thing takes. */
const PATIENCE = 120_000;

/**
 * Looks again and again until a check holds, and less often the longer that takes: each look makes the window measure itself, and what is
 * waited for has that time less.
 *
 * @param timeout milliseconds
 * @throws what the check threw last
 */
export async function eventually<T>(check: () => T | Promise<T>, timeout = PATIENCE): Promise<T> {
  const start = performance.now();
  for (;;) {
    try {
      return await check();
    } catch (error) {
      const passed = performance.now() - start;
      if (passed > timeout) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.min(1_000, Math.max(100, passed / 10))));
    }
  }
}
