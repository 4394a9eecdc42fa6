import type { AttentionCell, AttentionOutput, AttentionRow, ItemLabel } from './attention';
import { field, list, number, OutputError, oneOf, type Place, text } from './parse';

const TITLE_LIMIT = 300;
/** Beyond this no one reads a heatmap, and a hostile file could freeze the page. */
const CELL_LIMIT = 500_000;

function label(place: Place): ItemLabel {
  return { id: text(field(place, 'id'), TITLE_LIMIT), title: text(field(place, 'title'), TITLE_LIMIT) };
}

function optional<T>(place: Place, read: (place: Place) => T): T | undefined {
  return place.value === undefined || place.value === null ? undefined : read(place);
}

function cell(place: Place): AttentionCell | null {
  if (place.value === null) return null;
  const relevance = optional(field(place, 'relevance'), number);
  const result: AttentionCell = { ...label(place), weight: number(field(place, 'weight')) };
  if (relevance !== undefined) result.relevance = relevance;
  return result;
}

function row(place: Place): AttentionRow {
  const history = field(place, 'history');
  const result: AttentionRow = {
    candidate: label(field(place, 'candidate')),
    history: list(history).map((value, index) => cell({ value, path: `${history.path}[${index}]` })),
  };
  const user = optional(field(place, 'user'), (found) => text(found, TITLE_LIMIT));
  const score = optional(field(place, 'score'), number);
  const truth = optional(field(place, 'label'), (found) => oneOf(found, [0, 1] as const));
  if (user !== undefined) result.user = user;
  if (score !== undefined) result.score = score;
  if (truth !== undefined) result.label = truth;
  return result;
}

/**
 * Checks data that claims to be `application/vnd.dinnb.attention+json`. A padded position is null, never a weight of
 * zero.
 *
 * @throws OutputError that names the first wrong place
 */
export function parseAttentionOutput(data: unknown): AttentionOutput {
  const root: Place = { value: data, path: 'attention' };
  oneOf(field(root, 'version'), [1]);
  const found = field(root, 'rows');
  const rows = list(found).map((value, index) => row({ value, path: `${found.path}[${index}]` }));
  const cells = rows.reduce((sum, { history }) => sum + history.length, 0);
  if (cells > CELL_LIMIT) {
    throw new OutputError(`${found.path} holds ${cells} weights; at most ${CELL_LIMIT} can be drawn. Show fewer rows.`);
  }
  return {
    version: 1,
    title: text(field(root, 'title'), TITLE_LIMIT),
    normalize: oneOf(field(root, 'normalize'), ['none', 'sigmoid', 'softmax'] as const),
    rows,
  };
}
