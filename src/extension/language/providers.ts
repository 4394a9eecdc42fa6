import type * as vscode from 'vscode';
import type { Documented, Edit, Location, Outline, Question, Questions, Span } from '../../language/messages';
import { CODE_LANGUAGE, NOTEBOOK_TYPE, type VS } from '../vs';
import type { LanguageClient } from './client';
import { completionKind, symbolKind, TOKEN_MODIFIERS, TOKEN_TYPES } from './kinds';

/** A completion as it was answered. */
interface Completed {
  document: vscode.TextDocument;
  params: Omit<Questions['completionDetails']['params'], 'cell'>;
}

/** Longer results are of no use to anybody, and take the editor's time. */
const MOST_COMPLETIONS = 5000;

/** Runs when a completion is taken that needs an import. */
const ADD_IMPORT = 'dinnb.language.addImport';

/** Everything that the editor asks about cells. */
export function registerProviders(vs: VS, client: LanguageClient): vscode.Disposable[] {
  const { languages } = vs;
  const selector: vscode.DocumentSelector = { notebookType: NOTEBOOK_TYPE, language: CODE_LANGUAGE };

  const ask = <Q extends Question>(
    document: vscode.TextDocument,
    question: Q,
    params: Omit<Questions[Q]['params'], 'cell'>,
    token?: vscode.CancellationToken,
  ) => {
    const whole = { ...params, cell: document.uri.toString() } as Questions[Q]['params'];
    return client.ask(client.notebookOf(document), question, whole, token);
  };
  const at = (document: vscode.TextDocument, position: vscode.Position) => ({ offset: document.offsetAt(position) });
  const rangeOf = (document: vscode.TextDocument, { start, end }: Span) =>
    new vs.Range(document.positionAt(start), document.positionAt(end));
  const spanOf = (document: vscode.TextDocument, range: vscode.Range) => ({
    start: document.offsetAt(range.start),
    end: document.offsetAt(range.end),
  });
  const described = ({ signature, documentation }: Documented) => {
    const text = new vs.MarkdownString();
    if (signature) text.appendCodeblock(signature, 'typescript');
    return text.appendMarkdown(documentation);
  };
  /** The document of a cell of the notebook that a document is of, or of one that shares its kernel. */
  const documentOf = (beside: vscode.TextDocument, cell: string) => {
    const notebook = client.notebookOf(beside);
    const cells = notebook ? client.together(notebook).flatMap((each) => each.getCells()) : [];
    return cells.map(({ document }) => document).find(({ uri }) => uri.toString() === cell);
  };
  const locationsOf = (document: vscode.TextDocument, found: readonly Location[] | undefined): vscode.Location[] =>
    (found ?? []).flatMap((place) => {
      if ('file' in place) {
        const { start, end } = place;
        const range = new vs.Range(start.line, start.character, end.line, end.character);
        return [new vs.Location(vs.Uri.file(place.file), range)];
      }
      const other = documentOf(document, place.cell);
      return other ? [new vs.Location(other.uri, rangeOf(other, place))] : [];
    });
  const textEdit = (document: vscode.TextDocument, edit: Edit) =>
    vs.TextEdit.replace(rangeOf(document, edit), edit.text);
  const workspaceEdit = (document: vscode.TextDocument, edits: readonly Edit[]) => {
    const all = new vs.WorkspaceEdit();
    for (const edit of edits) {
      const other = documentOf(document, edit.cell);
      if (other) all.replace(other.uri, rangeOf(other, edit), edit.text);
    }
    return all;
  };

  /** What completes, as it was answered, for when more is asked about it. */
  const completed = new WeakMap<vscode.CompletionItem, Completed>();
  const legend = new vs.SemanticTokensLegend(TOKEN_TYPES, TOKEN_MODIFIERS);

  return [
    // Not as a part of the item: an item that is taken while the editor asks about it loses what would have come with the answer.
    vs.commands.registerCommand(ADD_IMPORT, async ({ document, params }: Completed) => {
      const details = await ask(document, 'completionDetails', params);
      if (!details?.edits.length) return;
      await vs.workspace.applyEdit(workspaceEdit(document, details.edits));
    }),
    languages.registerCompletionItemProvider(
      selector,
      {
        async provideCompletionItems(document, position, token) {
          const place = at(document, position);
          const answer = await ask(document, 'completions', place, token);
          if (!answer) return undefined;
          const items = answer.items.slice(0, MOST_COMPLETIONS).map((entry) => {
            const label = entry.description ? { label: entry.name, description: entry.description } : entry.name;
            const item = new vs.CompletionItem(label, completionKind(vs, entry.kind));
            item.sortText = entry.sortText;
            if (entry.insertText !== undefined) item.insertText = entry.insertText;
            if (entry.filterText !== undefined) item.filterText = entry.filterText;
            if (entry.deprecated) item.tags = [vs.CompletionItemTag.Deprecated];
            // The editor takes one line only.
            const range = entry.span && rangeOf(document, entry.span);
            if (range?.isSingleLine) item.range = range;
            const { name, source, data } = entry;
            const about: Completed = { document, params: { ...place, name, source, data } };
            completed.set(item, about);
            if (source !== undefined) item.command = { command: ADD_IMPORT, title: '', arguments: [about] };
            return item;
          });
          return new vs.CompletionList(items, answer.items.length > MOST_COMPLETIONS);
        },
        async resolveCompletionItem(item, token) {
          const about = completed.get(item);
          const details = about && (await ask(about.document, 'completionDetails', about.params, token));
          if (!about || !details) return item;
          item.detail = details.signature;
          item.documentation = described({ signature: '', documentation: details.documentation });
          return item;
        },
      },
      ...['.', '"', "'", '`', '/', '@', '<', '#'],
    ),
    languages.registerHoverProvider(selector, {
      async provideHover(document, position, token) {
        const answer = await ask(document, 'hover', at(document, position), token);
        return answer ? new vs.Hover(described(answer), rangeOf(document, answer.span)) : undefined;
      },
    }),
    languages.registerSignatureHelpProvider(
      selector,
      {
        async provideSignatureHelp(document, position, token) {
          const answer = await ask(document, 'signatures', at(document, position), token);
          if (!answer) return undefined;
          const help = new vs.SignatureHelp();
          help.signatures = answer.signatures.map(({ signature, documentation, parameters }) => {
            const information = new vs.SignatureInformation(signature, new vs.MarkdownString(documentation));
            information.parameters = parameters.map(
              (one) => new vs.ParameterInformation([one.start, one.end], new vs.MarkdownString(one.documentation)),
            );
            return information;
          });
          help.activeSignature = answer.active;
          help.activeParameter = answer.parameter;
          return help;
        },
      },
      { triggerCharacters: ['(', ',', '<'], retriggerCharacters: [')'] },
    ),
    languages.registerDefinitionProvider(selector, {
      provideDefinition: async (document, position, token) =>
        locationsOf(document, await ask(document, 'definition', at(document, position), token)),
    }),
    languages.registerTypeDefinitionProvider(selector, {
      provideTypeDefinition: async (document, position, token) =>
        locationsOf(document, await ask(document, 'typeDefinition', at(document, position), token)),
    }),
    languages.registerReferenceProvider(selector, {
      provideReferences: async (document, position, _context, token) =>
        locationsOf(document, await ask(document, 'references', at(document, position), token)),
    }),
    languages.registerDocumentHighlightProvider(selector, {
      async provideDocumentHighlights(document, position, token) {
        const { Read, Write } = vs.DocumentHighlightKind;
        const found = (await ask(document, 'highlights', at(document, position), token)) ?? [];
        return found.map((one) => new vs.DocumentHighlight(rangeOf(document, one), one.write ? Write : Read));
      },
    }),
    languages.registerRenameProvider(selector, {
      async prepareRename(document, position, token) {
        const answer = await ask(document, 'renameable', at(document, position), token);
        if (!answer) throw new Error('The language server does not answer; the log says why.');
        if ('refusal' in answer) throw new Error(answer.refusal);
        return { range: rangeOf(document, answer.span), placeholder: answer.name };
      },
      async provideRenameEdits(document, position, name, token) {
        const edits = await ask(document, 'rename', { ...at(document, position), name }, token);
        if (edits && 'refusal' in edits) throw new Error(edits.refusal);
        return edits && workspaceEdit(document, edits);
      },
    }),
    languages.registerCodeActionsProvider(
      selector,
      {
        async provideCodeActions(document, _range, { diagnostics }, token) {
          const actions: vscode.CodeAction[] = [];
          for (const diagnostic of diagnostics) {
            if (diagnostic.source !== 'ts' || typeof diagnostic.code !== 'number') continue;
            const span = spanOf(document, diagnostic.range);
            for (const fix of (await ask(document, 'fixes', { ...span, codes: [diagnostic.code] }, token)) ?? []) {
              const action = new vs.CodeAction(fix.title, vs.CodeActionKind.QuickFix);
              action.edit = workspaceEdit(document, fix.edits);
              action.diagnostics = [diagnostic];
              action.isPreferred = fix.preferred;
              actions.push(action);
            }
          }
          return actions;
        },
      },
      { providedCodeActionKinds: [vs.CodeActionKind.QuickFix] },
    ),
    languages.registerDocumentSemanticTokensProvider(
      selector,
      {
        async provideDocumentSemanticTokens(document, token) {
          const answer = await ask(document, 'tokens', {}, token);
          if (!answer) return undefined;
          const builder = new vs.SemanticTokensBuilder(legend);
          for (let i = 0; i < answer.length; i += 4) {
            const [start, length, type, modifiers] = answer.slice(i, i + 4) as [number, number, number, number];
            const { line, character } = document.positionAt(start);
            builder.push(line, character, length, type, modifiers);
          }
          return builder.build();
        },
      },
      legend,
    ),
    languages.registerInlayHintsProvider(selector, {
      async provideInlayHints(document, range, token) {
        const which = vs.workspace.getConfiguration('dinnb', document).get<string>('inlayHints');
        if (which !== 'arguments' && which !== 'all') return [];
        const found = (await ask(document, 'inlayHints', { ...spanOf(document, range), which }, token)) ?? [];
        return found.map(({ offset, text, kind }) => {
          const { Parameter, Type } = vs.InlayHintKind;
          const hint = new vs.InlayHint(document.positionAt(offset), text, kind === 'parameter' ? Parameter : Type);
          hint.paddingRight = kind === 'parameter';
          return hint;
        });
      },
    }),
    languages.registerDocumentRangeFormattingEditProvider(selector, {
      async provideDocumentRangeFormattingEdits(document, range, { tabSize, insertSpaces }, token) {
        const params = { ...spanOf(document, range), options: { tabSize, insertSpaces } };
        return (await ask(document, 'format', params, token))?.map((edit) => textEdit(document, edit));
      },
    }),
    languages.registerFoldingRangeProvider(selector, {
      async provideFoldingRanges(document, _context, token) {
        const found = (await ask(document, 'folding', {}, token)) ?? [];
        return found.flatMap(({ kind, ...span }) => {
          const { start, end } = rangeOf(document, span);
          // The line with the closing bracket stays.
          const last = /[\])}`]/.test(document.getText(rangeOf(document, { start: span.end - 1, end: span.end })))
            ? end.line - 1
            : end.line;
          if (last <= start.line) return [];
          const kinds: { [kind: string]: vscode.FoldingRangeKind } = {
            comment: vs.FoldingRangeKind.Comment,
            imports: vs.FoldingRangeKind.Imports,
            region: vs.FoldingRangeKind.Region,
          };
          return [new vs.FoldingRange(start.line, last, kinds[kind])];
        });
      },
    }),
    languages.registerDocumentSymbolProvider(selector, {
      async provideDocumentSymbols(document, token) {
        const symbol = ({ name, kind, nameSpan, children, ...span }: Outline): vscode.DocumentSymbol => {
          const whole = rangeOf(document, span);
          const named = rangeOf(document, nameSpan);
          const made = new vs.DocumentSymbol(name, '', symbolKind(vs, kind), whole.union(named), named);
          made.children = children.map(symbol);
          return made;
        };
        return (await ask(document, 'outline', {}, token))?.map(symbol);
      },
    }),
  ];
}
