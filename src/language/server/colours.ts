import type { InlayHint, Questions } from '../messages';
import { PREFERENCES } from './completion';
import type { ServedNotebook } from './notebooks';

/**
 * What each name of a cell is, for colours: start, length, type and modifiers (`TOKEN_TYPES`, `TOKEN_MODIFIERS`) after one another.
 */
export function tokens(notebook: ServedNotebook, { cell }: { cell: string }): number[] {
  const { service, file, ts } = notebook.program;
  const { start, end } = notebook.program.current.range(notebook.indexOf(cell));
  const { spans } = service.getEncodedSemanticClassifications(
    file,
    { start, length: end - start },
    ts.SemanticClassificationFormat.TwentyTwenty,
  );
  const found: number[] = [];
  for (let i = 0; i < spans.length; i += 3) {
    const [from, length, encoded] = [spans[i]!, spans[i + 1]!, spans[i + 2]!];
    const span = notebook.inCell(cell, { start: from, length });
    // Type in the upper bits, from 1; modifiers in the lower eight.
    if (span && encoded >> 8 > 0) found.push(span.start, span.end - span.start, (encoded >> 8) - 1, encoded & 255);
  }
  return found;
}

export function inlayHints(
  notebook: ServedNotebook,
  { which, ...span }: Questions['inlayHints']['params'],
): Questions['inlayHints']['answer'] {
  const { service, file } = notebook.program;
  const { pos, end } = notebook.rangeOf(span);
  const hints = service.provideInlayHints(file, { start: pos, length: end - pos }, PREFERENCES);
  return hints.flatMap(({ position, text, kind, displayParts }): InlayHint[] => {
    const place = notebook.inCell(span.cell, { start: position, length: 0 });
    if (!place || kind === 'Enum' || (kind === 'Type' && which === 'arguments')) return [];
    const label = text || (displayParts ?? []).map((part) => part.text).join('');
    return [{ offset: place.start, text: label, kind: kind === 'Parameter' ? 'parameter' : 'type' }];
  });
}
