import axe from 'axe-core';
import type { Frame, Page } from 'playwright-core';

/**
 * What axe finds wrong on a page or in a part of it, a line each.
 *
 * @param behind the editor's colour behind its frames, which are transparent and know nothing of it
 */
export async function axeViolations(page: Page | Frame, selector = 'body', behind?: string): Promise<string[]> {
  await page.evaluate(axe.source);
  if (behind) {
    await page.evaluate(
      ({ root, colour }) => {
        (
          globalThis as unknown as { document: { querySelector(name: string): { style: { background: string } } } }
        ).document.querySelector(root).style.background = `var(${colour})`;
      },
      { root: 'html', colour: behind },
    );
  }
  return page.evaluate(async (include) => {
    const { axe: run } = globalThis as unknown as { axe: typeof axe };
    const { violations } = await run.run({ include: [include] }, { resultTypes: ['violations'] });
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${help}: ${html.slice(0, 200)} ${failureSummary ?? ''}`),
    );
  }, selector);
}
