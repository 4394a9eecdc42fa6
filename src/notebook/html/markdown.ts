import MarkdownIt from 'markdown-it';
import { escapeHtml } from '../../base/escape';
import { isSafeLink } from '../links';
import { highlightTypeScript } from './highlight';

const EMBEDDED_IMAGE = /^data:image\/(?:png|jpeg|gif|webp);base64,/i;

function create(): MarkdownIt {
  const markdown = new MarkdownIt({
    // A notebook may come from anyone: its markup is shown, not run.
    html: false,
    linkify: true,
    highlight: (source, language) =>
      /^(?:ts|typescript|js|javascript|tsx?)$/i.test(language) ? highlightTypeScript(source) : '',
  });
  markdown.validateLink = (address) => EMBEDDED_IMAGE.test(address) || isSafeLink(address);
  const { rules } = markdown.renderer;
  rules.link_open = (tokens, index, options, _env, self) => {
    tokens[index]!.attrSet('rel', 'noopener noreferrer');
    return self.renderToken(tokens, index, options);
  };
  // The report loads nothing: a picture elsewhere becomes a link to it.
  rules.image = (tokens, index) => {
    const token = tokens[index]!;
    const address = token.attrGet('src') ?? '';
    const words = escapeHtml(token.content || address);
    if (EMBEDDED_IMAGE.test(address)) return `<img src="${escapeHtml(address)}" alt="${words}">`;
    return `<a href="${escapeHtml(address)}" rel="noopener noreferrer">${words}</a>`;
  };
  return markdown;
}

const markdown = create();

/** A text that was read once, for its page, its title and its headings. */
export class MarkdownText {
  private readonly env = {};
  private readonly tokens: ReturnType<MarkdownIt['parse']>;
  private isTitleShown = true;

  constructor(source: string) {
    this.tokens = markdown.parse(source, this.env);
  }

  /** The first heading of level 1, where the text starts with one. */
  get title(): string | undefined {
    const [first, inline] = this.tokens;
    return first?.type === 'heading_open' && first.tag === 'h1' ? inline?.content : undefined;
  }

  /** From now on without the title: it is said elsewhere. */
  withoutTitle(): this {
    this.isTitleShown = this.title === undefined;
    return this;
  }

  /** Raw HTML is escaped, links to scripts, commands and programs stay text, nothing is loaded. */
  html(): string {
    return markdown.renderer.render(this.shown, markdown.options, this.env);
  }

  /** Of levels 1 to 3, as plain text. */
  headings(): { level: number; text: string }[] {
    return this.shown.flatMap(({ type, tag }, at) => {
      const level = type === 'heading_open' ? Number(tag.slice(1)) : 4;
      const parts = this.shown[at + 1]?.children ?? [];
      const text = parts
        .map((part) => (part.type === 'text' || part.type === 'code_inline' ? part.content : ''))
        .join('');
      return level > 3 || text.trim() === '' ? [] : [{ level, text }];
    });
  }

  private get shown() {
    // A heading is three tokens: its beginning, its words, its end.
    return this.isTitleShown ? this.tokens : this.tokens.slice(3);
  }
}

export const markdownToHtml = (source: string): string => new MarkdownText(source).html();
