import { newNotebook } from '../../notebook/new-notebook';
import { toNotebookData } from '../documents/notebook-data';
import { NOTEBOOK_TYPE, type VS } from '../vs';

/** *dinnb: New Notebook*: an unsaved notebook with a heading and a first cell. */
export async function createNotebook(vs: VS): Promise<void> {
  const data = toNotebookData(vs, newNotebook());
  const notebook = await vs.workspace.openNotebookDocument(NOTEBOOK_TYPE, data);
  await vs.window.showNotebookDocument(notebook);
}
