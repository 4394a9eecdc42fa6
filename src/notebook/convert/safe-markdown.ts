import MarkdownIt from 'markdown-it';
import type { Nodes, Parents } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { isSafeLink, readAddress, schemeOf } from '../links';

/** What was changed in a text, so that it can be told. */
export type Neutralised = 'html' | 'link' | 'picture' | 'whole';

interface Edit {
  start: number;
  end: number;
  text: string;
  what: Neutralised;
}

/** Elements that mean layout and nothing else, without attributes; whole comments. */
const PLAIN_TAG =
  /^<(?:\/?(?:b|i|u|s|em|strong|small|mark|sub|sup|kbd|del|ins|br|hr|p|div|span|center|details|summary|table|thead|tbody|tr|th|td|ul|ol|li|blockquote)\s*\/?>|!--(?!-?>)(?:[^-<>]|-(?!-))*-->)/i;
const PICTURE_TAG = /^<img(?<attributes>(?:\s+(?:src|alt|title|width|height|align)="[^"<>&]*")+)\s*\/?>/i;
/** Enough rounds for any text that a person wrote; each takes something away. */
const MOST_ROUNDS = 100;

/**
 * Markdown that does nothing where it is shown, also by a viewer that trusts it: HTML other than layout becomes text, links
 * with scripts keep their words only, a picture elsewhere becomes a link to it. Everything else stays as it is written.
 *
 * CommonMark's own parser says where they stand; another one, that knows tables too, has the last word: where it still finds
 * something, the text becomes a block of code.
 */
export function neutralMarkdown(source: string): { text: string; found: Neutralised[] } {
  const found: Neutralised[] = [];
  let text = closed(source);
  for (let round = 0; round < MOST_ROUNDS && mayAct(text); round++) {
    const edits = editsOf(text);
    if (edits.length === 0) break;
    // From the end, so that places stay what they are.
    for (const { start, end, text: instead, what } of edits.reverse()) {
      text = text.slice(0, start) + instead + text.slice(end);
      found.push(what);
    }
    text = closed(text);
  }
  return mayAct(text) && acts(strict.parse(text, {}))
    ? { text: fenced(source, 'markdown'), found: ['whole'] }
    : { text, found };
}

/** Text in a fence longer than any within it. */
export function fenced(text: string, language: string): string {
  const longest = [...text.matchAll(/`{3,}/g)].reduce((length, [run]) => Math.max(length, run.length), 2);
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text.replace(/\n$/, '')}\n${fence}`;
}

/** Without these no Markdown holds HTML, a link or a picture: most texts need no parser. */
const mayAct = (text: string): boolean => /[<\]]/.test(text);

/** A fence that the text leaves open would take in what comes after it. */
function closed(text: string): string {
  if (!/^\s*(?:```|~~~)/m.test(text)) return text;
  const last = fromMarkdown(text).children.at(-1);
  if (last?.type !== 'code') return text;
  const [start, end] = rangeOf(last);
  const lines = text.slice(start, end).split('\n');
  const fence = /^(`{3,}|~{3,})/.exec(lines[0]!)?.[1];
  if (fence === undefined) return text;
  const ending = new RegExp(`^ {0,3}${fence[0]}{${fence.length},}[ \\t]*$`);
  return lines.length > 1 && ending.test(lines.at(-1)!) ? text : `${text.replace(/\n$/, '')}\n${fence}`;
}

function rangeOf({ position }: Nodes): [number, number] {
  return [position?.start.offset ?? 0, position?.end.offset ?? 0];
}

/** The outermost places that could act; what is within them comes in the next round. */
function editsOf(source: string): Edit[] {
  const tree = fromMarkdown(source);
  const pictures = new Set<string>();
  const visitDefinitions = (node: Nodes): void => {
    if (node.type === 'definition' && isElsewhere(node.url)) pictures.add(node.identifier);
    if ('children' in node) for (const child of node.children) visitDefinitions(child);
  };
  visitDefinitions(tree);
  const edits: Edit[] = [];
  const replace = (node: Nodes, text: string, what: Neutralised): void => {
    const [start, end] = rangeOf(node);
    edits.push({ start, end, text, what });
  };
  const asLink = (node: Nodes): void => replace(node, source.slice(...rangeOf(node)).slice(1), 'picture');
  const visit = (node: Nodes): void => {
    if (node.type === 'html') {
      const written = source.slice(...rangeOf(node));
      const neutral = neutralHtml(written);
      if (neutral !== written) replace(node, neutral, 'html');
    } else if (node.type === 'link' && !isSafeLink(node.url)) replace(node, inside(node, source), 'link');
    else if (node.type === 'definition' && !isSafeLink(node.url) && !isSafePicture(node.url)) replace(node, '', 'link');
    else if (node.type === 'image' && isElsewhere(node.url)) asLink(node);
    else if (node.type === 'image' && !isSafePicture(node.url)) replace(node, plainWords(node.alt ?? ''), 'link');
    else if (node.type === 'imageReference' && pictures.has(node.identifier)) asLink(node);
    else if ('children' in node) for (const child of node.children) visit(child);
  };
  visit(tree);
  return edits;
}

/** The source of what a node holds. */
function inside(node: Parents, source: string): string {
  const [first, last] = [node.children[0], node.children.at(-1)];
  return first && last ? source.slice(rangeOf(first)[0], rangeOf(last)[1]) : '';
}

export const plainWords = (text: string): string => text.replace(/[[\]\\<>&`*_!\n]/g, ' ').trim();

function neutralHtml(html: string): string {
  return html.replace(/</g, (_, at: number) => {
    const rest = html.slice(at);
    // A browser takes the first of two attributes of one name.
    const attributes = [...(PICTURE_TAG.exec(rest)?.groups?.attributes ?? '').matchAll(/(\w+)="([^"]*)"/g)];
    const address = attributes.find(([, name]) => name!.toLowerCase() === 'src')?.[2];
    return PLAIN_TAG.test(rest) || (address !== undefined && isSafePicture(address)) ? '<' : '&lt;';
  });
}

const isElsewhere = (url: string): boolean =>
  ['http', 'https'].includes(schemeOf(url) ?? '') || /^[\\/]{2}/.test(readAddress(url));
const isSafePicture = (url: string): boolean =>
  !isElsewhere(url) &&
  (schemeOf(url) === undefined ||
    schemeOf(url) === 'attachment' ||
    /^data:image\/(?:png|jpeg|gif|webp);base64,/i.test(readAddress(url)));

/** A reader that trusts what it reads. */
const strict = new MarkdownIt({ html: true });
strict.validateLink = () => true;

function acts(tokens: ReturnType<MarkdownIt['parse']>): boolean {
  return tokens.some((token) => {
    if (token.type === 'html_block' || token.type === 'html_inline')
      return neutralHtml(token.content) !== token.content;
    if (token.type === 'link_open' && !isSafeLink(decoded(token.attrGet('href')))) return true;
    if (token.type === 'image' && !isSafePicture(decoded(token.attrGet('src')))) return true;
    return token.children ? acts(token.children) : false;
  });
}

const decoded = (address: string | null): string => {
  try {
    return decodeURI(address ?? '');
  } catch {
    return address ?? ''; // no percent-encoding: it is what it is
  }
};
