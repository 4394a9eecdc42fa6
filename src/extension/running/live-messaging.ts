import type * as vscode from 'vscode';
import type { VS } from '../vs';
import type { LivePost } from './notebook-outputs';

/** The renderer's id in package.json. */
const RENDERER = 'dinnb-outputs';

export function createMessaging(vs: VS): vscode.NotebookRendererMessaging {
  return vs.notebooks.createRendererMessaging(RENDERER);
}

/** Sends live changes to the renderer, which knows the outputs by their display ids. */
export function livePost(channel: Pick<vscode.NotebookRendererMessaging, 'postMessage'>): LivePost {
  return (message) => {
    // Undelivered when no editor shows the notebook: the next update holds all of it.
    void channel.postMessage(message);
  };
}
