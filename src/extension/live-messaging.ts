import type { LivePost } from './notebook-outputs';
import type { VS } from './vs';

/** The renderer's id in package.json. */
const RENDERER = 'dinnb-outputs';

/** Sends live changes to the renderer, which knows the outputs by their display ids. */
export function createLivePost(vs: VS): LivePost {
  const channel = vs.notebooks.createRendererMessaging(RENDERER);
  return (message) => {
    // Undelivered when no editor shows the notebook: the next update holds all of it.
    void channel.postMessage(message);
  };
}
