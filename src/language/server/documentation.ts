import type * as TypeScript from 'typescript';

type Parts = readonly TypeScript.SymbolDisplayPart[] | undefined;

export const plain = (parts: Parts): string => (parts ?? []).map(({ text }) => text).join('');

/** A declaration as one reads it: `tf` and `din` hand on what others declare, which is not worth a word. */
export const declared = (parts: Parts): string =>
  plain(parts)
    .replace(/^\(alias\) |^export (?=namespace )/, '')
    .replace(/\n(?:export|import) (?!default)[\w$]+$/, '');

/** Documentation comments as Markdown: the text, then what is said of parameters, results and errors. */
export function markdown(text: Parts, tags: readonly TypeScript.JSDocTagInfo[] | undefined): string {
  return [withLinks(text), ...(tags ?? []).map(tagText)].filter((part) => part !== '').join('\n\n');
}

function tagText({ name, text }: TypeScript.JSDocTagInfo): string {
  if (name === 'param' || name === 'template' || name === 'typeParam') {
    const parameter = text?.find(({ kind }) => kind === 'parameterName' || kind === 'typeParameterName')?.text;
    const said = withLinks(text?.filter(({ kind }) => kind !== 'parameterName' && kind !== 'typeParameterName'))
      .replace(/^[\s—-]+/, '')
      .trim();
    return `*@${name}* \`${parameter ?? ''}\`${said ? ` — ${said}` : ''}`;
  }
  const said = withLinks(text).trim();
  if (name === 'example')
    return said.includes('```') ? `*@example*\n\n${said}` : `*@example*\n\`\`\`ts\n${said}\n\`\`\``;
  // TensorFlow.js sorts its own reference by these.
  if (name === 'doc' || name === 'license') return '';
  return `*@${name}*${said ? ` — ${said}` : ''}`;
}

/** `{@link x}` as code, addresses as links. */
function withLinks(parts: Parts): string {
  return (
    plain(parts)
      .replace(/\{@link(?:code|plain)?\s+(https?:\/\/[^\s|}]+)(?:[\s|]+([^}]*))?\}/g, (_all, url, title) =>
        title ? `[${title.trim()}](${url})` : `<${url}>`,
      )
      .replace(
        /\{@link(?:code|plain)?\s+([^\s|}]+)(?:[\s|]+([^}]*))?\}/g,
        (_all, name, title) => `\`${title?.trim() || name}\``,
      )
      // TensorFlow.js' own mark-up of its reference
      .replace(/\n?@?doc \{[^}]*\}/g, '')
  );
}
