import type { Environment } from './certificate';
import type { Provenance } from './provenance';

type Is = (value: unknown) => boolean;

const isText: Is = (value) => typeof value === 'string';
const isNumber: Is = (value) => typeof value === 'number';
const isFields = (value: unknown): value is Environment =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf =
  (is: Is): Is =>
  (value) =>
    Array.isArray(value) && value.every(is);
/** An object with these fields; those after `optional` may be missing. Others may be there: a later dinnb records more. */
const fields =
  (required: { [name: string]: Is }, optional: { [name: string]: Is } = {}): Is =>
  (value) =>
    isFields(value) &&
    Object.entries(required).every(([name, is]) => is(value[name])) &&
    Object.entries(optional).every(([name, is]) => value[name] === undefined || is(value[name]));

const SINGLE: { [field in keyof Provenance]?: Is } = {
  dinnb: isText,
  node: isText,
  backend: isText,
  tensorflow: isText,
  locale: isText,
  timeZone: isText,
  platform: isText,
  processors: isNumber,
  cpu: listOf(isText),
  parametersHash: isText,
  git: fields({ commit: isText }),
  overrides: isFields,
};
/** Fields that hold entries by name: one that is wrong is no reason to forget the others. */
const BY_NAME: { [field in keyof Provenance]?: Is } = {
  parameters: isText,
  packages: fields({ version: isText }, { alias: isText, integrity: isText, code: isText, link: isText }),
  files: isText,
  lock: isFields,
  data: fields({}, { sha256: isText, bytes: isNumber, rows: isNumber }),
  cells: fields({ source: isText, order: isNumber }, { others: listOf(isText) }),
};
const isFit = fields({ cell: isText, title: isText });

/**
 * The environment block of a file as far as it is what a run writes: anyone may have written the file. `wrong` names what is
 * not, and is left out.
 */
export function readProvenance(environment: Environment | undefined): {
  provenance: Partial<Provenance>;
  wrong: string[];
} {
  const provenance: Environment = {};
  const wrong: string[] = [];
  for (const [field, value] of Object.entries(environment ?? {})) {
    const single = SINGLE[field as keyof Provenance];
    const byName = BY_NAME[field as keyof Provenance];
    if (single) {
      if (single(value)) provenance[field] = value;
      else wrong.push(field);
    } else if (byName) {
      if (!isFields(value)) wrong.push(field);
      else {
        const entries = Object.entries(value);
        provenance[field] = Object.fromEntries(entries.filter(([, entry]) => byName(entry)));
        wrong.push(...entries.flatMap(([name, entry]) => (byName(entry) ? [] : [`${field}[${JSON.stringify(name)}]`])));
      }
    } else if (field === 'fits') {
      const fits = Array.isArray(value) ? value : [];
      provenance.fits = fits.filter(isFit);
      if (!listOf(isFit)(value)) wrong.push(field);
    }
  }
  return { provenance: provenance as Partial<Provenance>, wrong };
}
