import MarkdownIt from 'markdown-it';
import { escapeHtml } from '../../base/escape';
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

/** Markdown as HTML: raw HTML is escaped, links with scripting protocols stay text, nothing is loaded. */
export function markdownToHtml(source: string): string {
  return markdown.render(source);
}

/** The text of the first heading of level 1, where a cell starts with one. */
export function leadingTitle(source: string): string | undefined {
  const tokens = markdown.parse(source, {});
  return tokens[0]?.type === 'heading_open' && tokens[0].tag === 'h1' ? tokens[1]?.content : undefined;
}

/** The headings of levels 1 to 3, as plain text. */
export function headingsOf(source: string): { level: number; text: string }[] {
  const tokens = markdown.parse(source, {});
  return tokens.flatMap(({ type, tag }, at) => {
    const level = type === 'heading_open' ? Number(tag.slice(1)) : 4;
    const parts = tokens[at + 1]?.children ?? [];
    const text = parts
      .map((part) => (part.type === 'text' || part.type === 'code_inline' ? part.content : ''))
      .join('');
    return level > 3 || text.trim() === '' ? [] : [{ level, text }];
  });
}

/** The source without the heading that {@link leadingTitle} found. */
export function withoutLeadingTitle(source: string): string {
  const heading = markdown.parse(source, {})[0];
  return heading?.map ? source.split('\n').slice(heading.map[1]).join('\n') : source;
}
