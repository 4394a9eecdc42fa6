import { statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { makeFolder } from '../base/atomic-file';
import { notebookToIpynb } from '../notebook/convert/ipynb-export';
import { notebookToMarkdown } from '../notebook/convert/markdown';
import type { NotebookDocument } from '../notebook/document';
import { notebookToHtml } from '../notebook/html';
import type { CodeForm } from '../notebook/html/cells';
import { MIME_ATTENTION, MIME_TRAINING } from '../outputs/mime';
import { htmlAssets } from './assets';
import { UsageError } from './errors';
import { checkReportTarget, readIfThere, readNotebook, writeWhole } from './files';
import { htmlToPdf } from './pdf';

export const EXPORT_FORMATS = ['html', 'ipynb', 'md', 'ts', 'pdf'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportFlags {
  /** Default: beside the notebook. */
  out?: string;
  /** How sources are shown, in html and pdf. */
  code?: CodeForm;
}

export interface Exported {
  path: string;
  /** What the format could not hold. */
  notes: string[];
}

/** `dinnb export`: converts a notebook with the outputs it holds; runs nothing. */
export async function exportNotebook(
  path: string,
  to: ExportFormat,
  { out: named, code }: ExportFlags = {},
): Promise<Exported> {
  const out = named ?? `${path.replace(/\.dinnb$/, '')}.${to}`;
  const document = readNotebook(path);
  checkReportTarget(out);
  if (named === undefined) checkIsExport(out, to);
  if (code !== undefined && to !== 'html' && to !== 'pdf')
    throw new UsageError(`--code is for html and pdf: ${to} holds the sources as they are.`);
  if (code === 'folded' && to === 'pdf') throw new UsageError('Nothing unfolds in a pdf: --code shown or hidden.');
  const html = () => notebookToHtml(document, htmlAssets(), { name: path, date: new Date(), code });
  if (to === 'ts') {
    // The compiler is large, and no other format needs it.
    const { notebookToScript } = await import('./script-export');
    const typed = /\.[cm]?ts$/.test(out);
    const { text, notes } = notebookToScript(document, !typed);
    writeWhole(out, text);
    const node = typed ? ['Node 22.18 or later runs it as it is; for an earlier one name it .mjs with --out'] : [];
    return { path: out, notes: [...notes, ...node] };
  }
  if (to === 'md') return exportMarkdown(document, out);
  writeWhole(out, to === 'html' ? html() : to === 'pdf' ? await htmlToPdf(html()) : notebookToIpynb(document));
  const notes =
    to === 'pdf' && isInteractive(document)
      ? ['curves and maps are still pictures; export to html keeps them interactive']
      : [];
  return { path: out, notes };
}

/** What only an export holds, where others write files of the kind as well. */
const MARKS: { [format in ExportFormat]?: RegExp } = {
  ts: /^\/\/ Made by dinnb/,
  html: /<meta name="generator" content="dinnb">/,
  ipynb: /"dinnb"/,
};

/** A file that nobody named, beside the notebook, may be somebody's own. @throws UsageError where it does not look like an export */
function checkIsExport(out: string, to: ExportFormat): void {
  const mark = MARKS[to];
  const before = mark && readIfThere(out);
  if (before && !mark.test(Buffer.from(before).toString('utf8')))
    throw new UsageError(
      `${out} is there, and is no export of dinnb: name another with --out, or the same to replace it.`,
    );
}

/** The text at `out`, its pictures in a folder beside it, `NAME_files`. */
function exportMarkdown(document: NotebookDocument, out: string): Exported {
  const folder = `${basename(out).replace(/\.[^.]+$/, '')}_files`;
  const { text, files, notes } = notebookToMarkdown(document, folder);
  const place = join(dirname(out), folder);
  if (files.size > 0) {
    if (statSync(place, { throwIfNoEntry: false })?.isDirectory() === false) {
      throw new UsageError(`${place} is no folder: the pictures have no place there. Choose another --out.`);
    }
    makeFolder(place);
  }
  for (const [name, bytes] of files) writeWhole(join(place, name), bytes);
  writeWhole(out, text);
  return { path: out, notes };
}

function isInteractive({ cells }: NotebookDocument): boolean {
  const outputs = cells.flatMap((cell) => cell.outputs);
  return outputs.some((output) => 'data' in output && (MIME_TRAINING in output.data || MIME_ATTENTION in output.data));
}
