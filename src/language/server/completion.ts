import type * as TypeScript from 'typescript';
import type { Completion, CompletionDetails, Edit, Place, Questions, Signature } from '../messages';
import { importEdit } from './auto-import';
import { declared, markdown, plain } from './documentation';
import type { ServedNotebook } from './notebooks';

export const PREFERENCES: TypeScript.UserPreferences = {
  includeCompletionsForModuleExports: true,
  includeCompletionsWithInsertText: true,
  includeCompletionsForImportStatements: true,
  includeAutomaticOptionalChainCompletions: true,
  allowIncompleteCompletions: false,
  providePrefixAndSuffixTextForRename: true,
  importModuleSpecifierPreference: 'shortest',
  quotePreference: 'single',
  // What `tf` and `din` have is theirs: nobody imports their insides.
  autoImportFileExcludePatterns: [
    '**/dist/types/din/**',
    '**/dist/types/tensorflow.d.ts',
    '**/node_modules/@tensorflow/**',
  ],
  includeInlayParameterNameHints: 'literals',
  includeInlayFunctionLikeReturnTypeHints: true,
  includeInlayVariableTypeHints: true,
  includeInlayVariableTypeHintsWhenTypeMatchesName: false,
  includeInlayPropertyDeclarationTypeHints: true,
  includeInlayParameterNameHintsWhenArgumentMatchesName: false,
  includeInlayFunctionParameterTypeHints: true,
  includeInlayEnumMemberValueHints: true,
};

/** Names with which the notebook's module says things that are nobody's. */
const OWN_NAME = /^(?:__dinnb_|DinnbDisplay$)/;

export function completions(notebook: ServedNotebook, place: Place): Questions['completions']['answer'] {
  const { service, file, current } = notebook.program;
  const found = service.getCompletionsAtPosition(file, notebook.toModule(place), PREFERENCES);
  if (!found) return null;
  const items: Completion[] = [];
  for (const entry of found.entries) {
    if (OWN_NAME.test(entry.name) || current.isMadeUp(entry.name)) continue;
    const span = entry.replacementSpan ?? found.optionalReplacementSpan;
    const replaced = span && notebook.inCell(place.cell, span);
    const source = entry.sourceDisplay ? plain(entry.sourceDisplay) : entry.source;
    items.push({
      name: entry.name,
      kind: entry.kind,
      // What begins so is nobody's first wish.
      sortText: entry.name.startsWith('_') ? `${entry.sortText}_` : entry.sortText,
      ...(entry.insertText !== undefined && { insertText: entry.insertText }),
      ...(entry.filterText !== undefined && { filterText: entry.filterText }),
      ...(replaced && { span: replaced }),
      ...(entry.source !== undefined && { source: entry.source }),
      ...(entry.data !== undefined && { data: entry.data }),
      ...(entry.kindModifiers?.includes('deprecated') && { deprecated: true }),
      ...((entry.labelDetails?.description ?? source) !== undefined && {
        description: entry.labelDetails?.description ?? source,
      }),
    });
  }
  return { memberOf: found.isMemberCompletion, items };
}

export function completionDetails(
  notebook: ServedNotebook,
  { name, source, data, ...place }: Questions['completionDetails']['params'],
): CompletionDetails | null {
  const { service, file } = notebook.program;
  const details = service.getCompletionEntryDetails(
    file,
    notebook.toModule(place),
    name,
    {},
    source,
    PREFERENCES,
    data as TypeScript.CompletionEntryData | undefined,
  );
  if (!details) return null;
  const edits: Edit[] = [];
  if (details.codeActions?.length) {
    const exportName = (data as TypeScript.CompletionEntryData | undefined)?.exportName ?? name;
    const edit = importEdit(notebook, place.cell, { name, exportName, from: plain(details.sourceDisplay) });
    if (edit) edits.push(edit);
  }
  return {
    signature: declared(details.displayParts),
    documentation: markdown(details.documentation, details.tags),
    edits,
  };
}

export function signatures(notebook: ServedNotebook, place: Place): Questions['signatures']['answer'] {
  const { service, file, current } = notebook.program;
  const found = service.getSignatureHelpItems(file, notebook.toModule(place), {});
  if (!found) return null;
  const all = found.items.map((item): Signature => {
    let text = current.asWritten(plain(item.prefixDisplayParts));
    const parameters = item.parameters.map((parameter, index) => {
      if (index > 0) text += plain(item.separatorDisplayParts);
      const start = text.length;
      text += plain(parameter.displayParts);
      return { start, end: text.length, documentation: markdown(parameter.documentation, undefined) };
    });
    text += plain(item.suffixDisplayParts);
    const tags = item.tags.filter(({ name }) => name !== 'param');
    return { signature: text, documentation: markdown(item.documentation, tags), parameters };
  });
  return { signatures: all, active: found.selectedItemIndex, parameter: found.argumentIndex };
}
