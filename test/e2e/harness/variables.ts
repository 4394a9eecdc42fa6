import type { Frame } from 'playwright-core';
import { eventually } from './eventually';
import type { VsCode } from './vscode';

/** The frame of the Variables view. */
export async function variablesFrame(code: VsCode): Promise<Frame> {
  return eventually(async () => {
    for (const frame of code.page.frames()) {
      // A frame that is just going away has none.
      const count = frame.locator('main.dinnb-variables').count();
      if ((await count.catch(() => 0)) > 0) return frame;
    }
    throw new Error('The Variables view is not drawn.');
  });
}
