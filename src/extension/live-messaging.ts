import { MIME_ATTENTION, MIME_TRAINING } from '../outputs/mime';
import type { LivePost } from './notebook-outputs';
import type { VS } from './vs';

/** Renderer ids of package.json, by the MIME type that they draw. */
const RENDERERS: { [mime: string]: string } = {
  [MIME_TRAINING]: 'dinnb-training',
  [MIME_ATTENTION]: 'dinnb-attention',
};

/** Sends live changes to the renderer that draws the MIME type; other types change by updates only. */
export function createLivePost(vs: VS): LivePost {
  const channels = new Map(
    Object.entries(RENDERERS).map(([mime, id]) => [mime, vs.notebooks.createRendererMessaging(id)]),
  );
  return (message) => {
    // Undelivered when no editor shows the notebook: the next update holds all of it.
    void channels.get(message.mime)?.postMessage(message);
  };
}
