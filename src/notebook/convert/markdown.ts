import { counted } from '../../base/words';
import { MIME_ATTENTION, MIME_TRAINING, type MimeBundle } from '../../outputs/mime';
import type { NotebookCell, NotebookDocument, SavedOutput } from '../document';
import { isRecord } from './ipynb-shape';
import { fenced, type Neutralised, neutralMarkdown, plainWords } from './safe-markdown';

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
const ACTIVE_SVG = new RegExp(
  [
    String.raw`<script|<foreignObject|[\s/"']on\w+\s*=|javascript:|<!ENTITY|<(?:iframe|embed|object|handler)`,
    String.raw`href\s*=\s*(?!["']?#)|attributeName\s*=\s*["']?\s*(?:\w+:)?href`,
    // Style sheets name a function with escapes too.
    String.raw`@import|url\(\s*(?!["']?#)|image-set\(|<style[^]*\\|\sstyle\s*=[^]*\\`,
  ].join('|'),
  'i',
);

/** What the text does not hold as the notebook does, by how often. */
const LEFT = {
  still: (count: number) =>
    `${counted(count, 'interactive output is a still picture', 'interactive outputs are still pictures')}; export to html keeps them interactive`,
  html: (count: number) =>
    `${counted(count, 'HTML output is', 'HTML outputs are')} left out; text is kept where there is one`,
  svg: (count: number) =>
    `${counted(count, 'SVG picture', 'SVG pictures')} with scripts or links ${count === 1 ? 'is' : 'are'} left out; text is kept`,
} as const;

const CHANGED: { [what in Neutralised]: (count: number) => string } = {
  html: (count) =>
    `${counted(count, 'piece of HTML in the texts is', 'pieces of HTML in the texts are')} shown as text`,
  link: (count) =>
    `${counted(count, 'link', 'links')} with a script or to something unusual ${count === 1 ? 'keeps its' : 'keep their'} words only`,
  picture: (count) =>
    `${counted(count, 'picture that lies elsewhere is a link to it', 'pictures that lie elsewhere are links to them')}`,
  whole: (count) =>
    `${counted(count, 'text that viewers may read in several ways is', 'texts that viewers may read in several ways are')} shown as code`,
};

/** A part of the text: Markdown that somebody wrote, or what is made of code and outputs. */
interface Part {
  text: string;
  isProse: boolean;
}

const made = (text: string): Part => ({ text, isProse: false });

/**
 * The notebook as Markdown: texts as they are, code in fences, outputs as fenced text or pictures in files.
 *
 * Nothing in it acts or loads anything, whoever shows it: see `neutralMarkdown` for texts. HTML outputs are never copied, Markdown
 * ones only where they hold neither HTML nor links, and an SVG that could act gives way to its text; `notes` says so.
 *
 * @param folder where the pictures stand, as the text shall refer to them
 */
export function notebookToMarkdown(document: NotebookDocument, folder: string): MarkdownExport {
  const writer = new MarkdownWriter(folder, languageOf(document));
  const isTitled = document.cells.some(({ kind, source }) => kind === 'markdown' && /^# /m.test(source));
  const title = isTitled || document.title === undefined ? [] : [writer.title(document.title)];
  const parts = [...title, ...document.cells.flatMap((cell) => writer.cell(cell))];
  const text = writer.joined(parts.filter((part) => part.text.trim() !== ''));
  return { text: `${text}\n`, files: writer.files, notes: writer.notes() };
}

class MarkdownWriter {
  readonly files = new Map<string, Uint8Array>();
  private readonly names = new Set<string>();
  private readonly left = new Map<(count: number) => string, number>();

  constructor(
    private readonly folder: string,
    private readonly language: string,
  ) {}

  notes(): string[] {
    return [...this.left].map(([words, count]) => words(count));
  }

  title(title: string): Part {
    return made(`# ${title.replace(/\s+/g, ' ').replace(/[\\`*_[\]<>&]/g, '\\$&')}`);
  }

  cell(cell: NotebookCell): Part[] {
    const outputs = cell.outputs.flatMap((output, index) => this.output(output, `${cell.id}-${index + 1}`));
    if (cell.kind === 'markdown') return [this.neutral(this.withAttachments(cell)), ...outputs];
    return [...(cell.source.trim() === '' ? [] : [made(fenced(cell.source, this.language))]), ...outputs];
  }

  /** Texts that follow each other are read as one: an indented block after a list belongs to the list. */
  joined(parts: readonly Part[]): string {
    const texts: string[] = [];
    let group: string[] = [];
    const end = () => {
      if (group.length > 0) texts.push(group.length === 1 ? group[0]! : this.neutral(group.join('\n\n')).text);
      group = [];
    };
    for (const { text, isProse } of parts) {
      if (isProse) group.push(text);
      else {
        end();
        texts.push(text);
      }
    }
    end();
    return texts.join('\n\n');
  }

  private neutral(source: string): Part {
    const { text, found } = neutralMarkdown(source);
    for (const what of found) this.leave(CHANGED[what]);
    return { text, isProse: !found.includes('whole') };
  }

  /** Pictures that a Jupyter notebook carries in its cells. */
  private withAttachments(cell: NotebookCell): string {
    const { jupyter } = cell.unknown;
    const attachments = isRecord(jupyter) && isRecord(jupyter.attachments) ? jupyter.attachments : {};
    return Object.entries(attachments).reduce((source, [name, bundle], index) => {
      const link = isRecord(bundle) ? this.raster(bundle, `${cell.id}-attachment-${index + 1}`) : undefined;
      return link === undefined ? source : source.replaceAll(`attachment:${name}`, () => link);
    }, cell.source);
  }

  private output(output: SavedOutput, name: string): Part[] {
    if (output.type === 'stream') return [made(fenced(output.text.replace(ESCAPES, ''), 'text'))];
    if (output.type === 'error') {
      const { name: kind, message, stack } = output.error;
      const head = message ? `${kind}: ${message}` : kind;
      return [made(fenced((stack.includes(head) ? stack : `${head}\n${stack}`).replace(ESCAPES, ''), 'text'))];
    }
    return this.bundle(output.data, name);
  }

  private bundle(data: MimeBundle, name: string): Part[] {
    const words = typeof data['text/plain'] === 'string' ? data['text/plain'].replace(ESCAPES, '') : undefined;
    const alt = plainWords(words?.split('\n')[0] ?? 'picture');
    if (data[MIME_TRAINING] !== undefined || data[MIME_ATTENTION] !== undefined) this.leave(LEFT.still);
    const link = this.raster(data, name) ?? this.svg(data['image/svg+xml'], name);
    if (link !== undefined) return [made(`![${alt}](${link})`)];
    const markdown = data['text/markdown'];
    if (typeof markdown === 'string' && !/[<]|\]\s*[([:]|!\[/.test(markdown)) return [this.neutral(markdown)];
    if (data['text/html'] !== undefined) this.leave(LEFT.html);
    if (words !== undefined) return [made(fenced(words, 'text'))];
    if (typeof markdown === 'string') return [made(fenced(markdown, 'markdown'))];
    const json = Object.entries(data).find(([mime]) => /json$/.test(mime));
    if (json) return [made(fenced(JSON.stringify(json[1], null, 2) ?? 'null', 'json'))];
    const kinds = Object.keys(data).join(', ');
    if (kinds !== '') this.leave(this.formless(kinds));
    return [];
  }

  private readonly kinds = new Map<string, (count: number) => string>();
  private formless(kinds: string): (count: number) => string {
    const words =
      this.kinds.get(kinds) ??
      ((count) =>
        `${counted(count, 'output')} of ${kinds} ${count === 1 ? 'has' : 'have'} no form in Markdown and ${count === 1 ? 'is' : 'are'} left out`);
    this.kinds.set(kinds, words);
    return words;
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
      if (bytes) return this.file(name, extension, bytes);
    }
    return undefined;
  }

  private svg(value: unknown, name: string): string | undefined {
    if (typeof value !== 'string') return undefined;
    if (!ACTIVE_SVG.test(value)) return this.file(name, 'svg', Buffer.from(value));
    this.leave(LEFT.svg);
    return undefined;
  }

  /** Under a name that no other picture has, also where large and small letters are one. */
  private file(stem: string, extension: string, bytes: Uint8Array): string {
    let name = `${stem}.${extension}`;
    for (let number = 2; this.names.has(name.toLowerCase()); number++) name = `${stem}_${number}.${extension}`;
    this.names.add(name.toLowerCase());
    this.files.set(name, bytes);
    return `${this.folder.split('/').map(encoded).join('/')}/${name}`;
  }

  private leave(words: (count: number) => string): void {
    this.left.set(words, (this.left.get(words) ?? 0) + 1);
  }
}

/** Of the code: a notebook imported from Jupyter may hold another. */
function languageOf({ unknown: { jupyter } }: NotebookDocument): string {
  const metadata = isRecord(jupyter) && isRecord(jupyter.metadata) ? jupyter.metadata : {};
  const name = isRecord(metadata.language_info) ? metadata.language_info.name : undefined;
  return typeof name === 'string' && /^[\w+#-]+$/.test(name) ? name : 'ts';
}

/** Also brackets, which end a link in Markdown. */
const encoded = (part: string): string =>
  encodeURIComponent(part).replace(/[()]/g, (bracket) => (bracket === '(' ? '%28' : '%29'));
