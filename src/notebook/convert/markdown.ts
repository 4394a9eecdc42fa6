import { MIME_ATTENTION, MIME_TRAINING, type MimeBundle } from '../../outputs/mime';
import type { NotebookCell, NotebookDocument, SavedOutput } from '../document';
import { isRecord } from './ipynb-shape';

export interface MarkdownExport {
  text: string;
  /** Pictures by their name in the folder that the text refers to. */
  files: Map<string, Uint8Array>;
  notes: string[];
}

const RASTER: { [mime: string]: string } = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/gif': 'gif',
  'image/webp': 'webp',
};
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminals' escape sequences begin with one
const ESCAPES = /\u001b(?:\[[0-9;?]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;
/** What can act when a picture is opened by itself, or reach the network. */
const ACTIVE_SVG =
  /<script|<foreignObject|\son\w+\s*=|javascript:|<!ENTITY|<(?:iframe|embed|object|handler)|href\s*=\s*(?!["']?#)|@import|url\(\s*(?!["']?#)/i;

/**
 * The notebook as Markdown: texts as they are, code in fences, outputs as fenced text or pictures in files.
 *
 * Outputs are not trusted: HTML is never copied, Markdown only where it holds neither HTML nor links, and an SVG
 * that could act gives way to its text; `notes` says so.
 *
 * @param folder where the pictures stand, as the text shall refer to them
 */
export function notebookToMarkdown(document: NotebookDocument, folder: string): MarkdownExport {
  const writer = new MarkdownWriter(folder, languageOf(document));
  const title = document.cells.some(({ kind, source }) => kind === 'markdown' && /^# /m.test(source))
    ? []
    : document.title === undefined
      ? []
      : [`# ${document.title.replace(/\s+/g, ' ')}`];
  const parts = [...title, ...document.cells.flatMap((cell) => writer.cell(cell))].filter((part) => part.trim() !== '');
  return { text: `${parts.join('\n\n')}\n`, files: writer.files, notes: writer.notes() };
}

class MarkdownWriter {
  readonly files = new Map<string, Uint8Array>();
  private readonly left = new Map<string, number>();

  constructor(
    private readonly folder: string,
    private readonly language: string,
  ) {}

  notes(): string[] {
    return [...this.left].map(([what, count]) => `${count} ${what}`);
  }

  cell(cell: NotebookCell): string[] {
    const outputs = cell.outputs.flatMap((output, index) => this.output(output, `${cell.id}-${index + 1}`));
    if (cell.kind === 'markdown') return [this.withAttachments(cell), ...outputs];
    return [...(cell.source.trim() === '' ? [] : [fenced(cell.source, this.language)]), ...outputs];
  }

  /** Pictures that a Jupyter notebook carries in its cells. */
  private withAttachments(cell: NotebookCell): string {
    const { jupyter } = cell.unknown;
    const attachments = isRecord(jupyter) && isRecord(jupyter.attachments) ? jupyter.attachments : {};
    return Object.entries(attachments).reduce((source, [name, bundle], index) => {
      const link = isRecord(bundle) ? this.raster(bundle, `${cell.id}-attachment-${index + 1}`) : undefined;
      return link === undefined ? source : source.replaceAll(`attachment:${name}`, link);
    }, cell.source);
  }

  private output(output: SavedOutput, name: string): string[] {
    if (output.type === 'stream') return [fenced(output.text.replace(ESCAPES, ''), 'text')];
    if (output.type === 'error') {
      const { name: kind, message, stack } = output.error;
      const head = message ? `${kind}: ${message}` : kind;
      return [fenced((stack.includes(head) ? stack : `${head}\n${stack}`).replace(ESCAPES, ''), 'text')];
    }
    return this.bundle(output.data, name);
  }

  private bundle(data: MimeBundle, name: string): string[] {
    const words = typeof data['text/plain'] === 'string' ? data['text/plain'].replace(ESCAPES, '') : undefined;
    const alt = (words?.split('\n')[0] ?? 'picture').replace(/[[\]\\<>&`*_]/g, ' ').trim();
    if (data[MIME_TRAINING] !== undefined || data[MIME_ATTENTION] !== undefined) {
      this.leave('interactive outputs are still pictures; export to html keeps them interactive');
    }
    const link = this.raster(data, name) ?? this.svg(data['image/svg+xml'], name);
    if (link !== undefined) return [`![${alt}](${link})`];
    const markdown = data['text/markdown'];
    if (typeof markdown === 'string' && !/[<]|\]\s*[([:]|!\[/.test(markdown)) return [markdown];
    if (data['text/html'] !== undefined)
      this.leave('HTML outputs are left out; their text is kept where they have one');
    if (words !== undefined) return [fenced(words, 'text')];
    if (typeof markdown === 'string') return [fenced(markdown, 'markdown')];
    const json = Object.entries(data).find(([mime]) => /json$/.test(mime));
    if (json) return [fenced(JSON.stringify(json[1], null, 2) ?? 'null', 'json')];
    const kinds = Object.keys(data);
    if (kinds.length > 0) this.leave(`outputs of ${kinds.join(', ')} have no form in Markdown and are left out`);
    return [];
  }

  private raster(data: MimeBundle, name: string): string | undefined {
    for (const [mime, extension] of Object.entries(RASTER)) {
      const value = data[mime];
      const bytes =
        value instanceof Uint8Array
          ? value
          : typeof value === 'string' && /^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(value)
            ? Buffer.from(value, 'base64')
            : undefined;
      if (bytes) return this.file(`${name}.${extension}`, bytes);
    }
    return undefined;
  }

  private svg(value: unknown, name: string): string | undefined {
    if (typeof value !== 'string') return undefined;
    if (!ACTIVE_SVG.test(value)) return this.file(`${name}.svg`, Buffer.from(value));
    this.leave('SVG pictures with scripts or links are left out; their text is kept');
    return undefined;
  }

  private file(name: string, bytes: Uint8Array): string {
    this.files.set(name, bytes);
    return `${this.folder.split('/').map(encodeURIComponent).join('/')}/${name}`;
  }

  private leave(what: string): void {
    this.left.set(what, (this.left.get(what) ?? 0) + 1);
  }
}

/** Of the code: a notebook imported from Jupyter may hold another. */
function languageOf({ unknown: { jupyter } }: NotebookDocument): string {
  const metadata = isRecord(jupyter) && isRecord(jupyter.metadata) ? jupyter.metadata : {};
  const name = isRecord(metadata.language_info) ? metadata.language_info.name : undefined;
  return typeof name === 'string' && /^[\w+#-]+$/.test(name) ? name : 'ts';
}

/** Text in a fence longer than any within it. */
function fenced(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`{3,}/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text.replace(/\n$/, '')}\n${fence}`;
}
