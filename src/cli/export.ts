import { notebookToIpynb } from '../notebook/convert/ipynb-export';
import { notebookToHtml } from '../notebook/html';
import { htmlAssets } from './assets';
import { checkReportTarget, readNotebook, writeWhole } from './files';

export const EXPORT_FORMATS = ['html', 'ipynb'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** `dinnb export`: converts a notebook with the outputs it holds; runs nothing. Returns the path written. */
export function exportNotebook(path: string, to: ExportFormat, out = `${path.replace(/\.dinnb$/, '')}.${to}`): string {
  const document = readNotebook(path);
  checkReportTarget(out);
  writeWhole(
    out,
    to === 'html'
      ? notebookToHtml(document, htmlAssets(), { name: path, date: new Date() })
      : notebookToIpynb(document),
  );
  return out;
}
