import type { MimeBundle } from '../outputs/mime';
import type { NotebookCell, NotebookDocument, SavedOutput } from './document';

/** Beyond about 512 MB Node has no text; room is left for sources and layout. */
const LARGEST_OUTPUTS = 400_000_000;

/**
 * The document with messages in place of what the format cannot hold: outputs nested too deeply, of a wrong shape, or
 * more of them than fit into one file. Sources and Markdown are never touched.
 *
 * @param fits whether a document can be printed and read again
 */
export function savable(document: NotebookDocument, fits: (part: NotebookDocument) => boolean): NotebookDocument {
  const alone = (cell: NotebookCell) => fits({ version: 1, cells: [cell], unknown: {} });
  const cells = document.cells.map((cell) => (alone(cell) ? cell : savableCell(cell, alone)));
  return { ...document, cells: withoutLargest(cells) };
}

function savableCell(cell: NotebookCell, alone: (cell: NotebookCell) => boolean): NotebookCell {
  const { execution, unknownRun, ...rest } = cell;
  const bare = { ...rest, outputs: [] };
  const holds = (output: SavedOutput) => alone({ ...bare, outputs: [output] });
  return {
    ...bare,
    ...(execution && alone({ ...bare, execution }) && { execution }),
    ...(unknownRun && alone({ ...bare, unknownRun }) && { unknownRun }),
    outputs: cell.outputs.map((output) => (holds(output) ? output : savableOutput(output, holds))),
  };
}

function savableOutput(output: SavedOutput, holds: (output: SavedOutput) => boolean): SavedOutput {
  if (output.type !== 'display' && output.type !== 'result') return lost(`an output of type ${output.type}`);
  const kept: MimeBundle = {};
  const left: string[] = [];
  for (const [mime, value] of Object.entries(output.data)) {
    if (holds({ type: output.type, data: { [mime]: value } })) kept[mime] = value;
    else left.push(mime);
  }
  const words = typeof kept['text/plain'] === 'string' ? `${kept['text/plain']}\n` : '';
  const note = `${words}[not saved: ${left.join(', ')}, which a notebook file cannot hold (nested deeper than 500 levels, or too large)]`;
  const replaced: SavedOutput = { type: output.type, data: { ...kept, 'text/plain': note } };
  return left.length > 0 && holds(replaced) ? replaced : lost('an output');
}

const lost = (what: string): SavedOutput => ({
  type: 'stream',
  name: 'stderr',
  text: `[not saved: ${what} that a notebook file cannot hold]\n`,
});

/** The largest outputs give way until the rest fits. */
function withoutLargest(cells: NotebookCell[]): NotebookCell[] {
  const sizes = new Map(
    cells.flatMap((cell) => cell.outputs.map((output): [SavedOutput, number] => [output, sizeOf(output)])),
  );
  let total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  if (total <= LARGEST_OUTPUTS) return cells;
  const gone = new Set<SavedOutput>();
  for (const [output, size] of [...sizes].sort(([, a], [, b]) => b - a)) {
    if (total <= LARGEST_OUTPUTS) break;
    gone.add(output);
    total -= size;
  }
  const text = (output: SavedOutput) => lost(`an output of ${Math.round(sizes.get(output)! / 1e6)} MB (too large)`);
  return cells.map((cell) => ({
    ...cell,
    outputs: cell.outputs.map((output) => (gone.has(output) ? text(output) : output)),
  }));
}

/** Characters, roughly: what a text or a list of bytes takes in the file. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (value instanceof Uint8Array) return (value.byteLength * 4) / 3;
  if (typeof value !== 'object' || value === null) return 8;
  return Object.entries(value).reduce((sum, [name, item]) => sum + name.length + 8 + sizeOf(item), 0);
}
