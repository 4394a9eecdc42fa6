/** A parameter as people are asked for it. */
export interface ParameterShape {
  name: string;
  /** The default as it stands in the cell; without its quotes where it is one text. */
  standard: string;
  /** Of the default; `other`: an expression. Lists and objects are given as JSON. */
  kind: 'number' | 'boolean' | 'string' | 'bigint' | 'list' | 'object' | 'other';
  /** What its type allows, where that is a union of literals: those of the default's kind, as no others can be given from outside. */
  choices?: string[];
  /** From `@minimum` and `@maximum` of its comment. */
  minimum?: number;
  maximum?: number;
  /** The first line of its comment. */
  description?: string;
}

/** What is wrong with a text for a parameter; undefined when nothing is. The kernel looks once more. */
export function parameterProblem(shape: ParameterShape, text: string): string | undefined {
  return text === shape.standard ? undefined : (kindProblem(shape, text) ?? beyond(shape, text));
}

/** Whether a text is a value of the default's kind. */
function kindProblem({ kind }: ParameterShape, text: string): string | undefined {
  if (kind === 'number') return Number.isFinite(numberOf(text)) ? undefined : 'A number is needed.';
  if (kind === 'bigint')
    return /^\s*[+-]?\d+n?\s*$/.test(text) ? undefined : 'A whole number is needed, with or without an n.';
  if (kind !== 'list' && kind !== 'object') return undefined;
  const value = json(text);
  const isThat = typeof value === 'object' && value !== null && Array.isArray(value) === (kind === 'list');
  if (isThat) return undefined;
  return kind === 'list' ? 'A list is needed, as JSON: [1, "two"].' : 'An object is needed, as JSON: {"a": 1}.';
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // which no JSON is
  }
}

/** The same for a text that is a value of the default's kind; of others the kernel says what is wrong. */
export function limitProblem(shape: ParameterShape, text: string): string | undefined {
  return kindProblem(shape, text) ? undefined : beyond(shape, text);
}

/** What a value of the right kind is beyond: its comment's range, its type's choices. */
function beyond(shape: ParameterShape, text: string): string | undefined {
  const { kind, minimum, maximum, choices } = shape;
  if (choices && !choices.some((choice) => sameValue(shape, choice, text))) return `One of ${choices.join(', ')}.`;
  if (kind !== 'number') return undefined;
  if (minimum !== undefined && maximum !== undefined && minimum > maximum)
    return `No number is allowed: the comment's @minimum ${minimum} is above its @maximum ${maximum}.`;
  const value = numberOf(text);
  if (minimum !== undefined && value < minimum) return `At least ${minimum}.`;
  if (maximum !== undefined && value > maximum) return `At most ${maximum}.`;
  return undefined;
}

/** A number as a cell may write it, `1_000` or `0x10` too. */
export function numberOf(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text.replaceAll('_', ''));
}

/** Whether two texts are the same value of a parameter. */
export function sameValue({ kind }: ParameterShape, one: string, other: string): boolean {
  return one === other || (kind === 'number' && numberOf(one) === numberOf(other));
}

/** The form of a parameters cell: an output that the editor adds, and that is never saved. */
export interface ParametersOutput {
  cell: string;
}

/** What the form asks the editor for, and tells it. */
export type ParametersMessage =
  /** The state of a cell's form, please. */
  | { type: 'dinnb.parameters'; cell: string }
  /** Run all cells in a new kernel, where these differ from the defaults. */
  | { type: 'dinnb.parameters'; cell: string; run: { [name: string]: string } };

/** What a form shows. */
export interface ParametersState {
  shapes: ParameterShape[];
  /** What the kernel was given in place of defaults. */
  values: { [name: string]: string };
}
