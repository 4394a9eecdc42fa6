/** Hidden globals that compiled cells call; main defines them before the first cell (`globals.ts`). */
export const NAMES = {
  /** `(specifier, options?) => Promise<namespace>`: `import()` from the notebook's folder. */
  import: '__dinnb_import',
  /** `(namespace, name) => value`: a named import, also of CommonJS modules whose names the loader does not see. */
  named: '__dinnb_named',
  /** `import.meta` of the notebook. */
  meta: '__dinnb_meta',
  /** `(value, run?) => value`: throws when the run was interrupted. */
  check: '__dinnb_check',
  /** `(value, run) => promise`: what an await of a cell's own statements waits for, kept alive. */
  hold: '__dinnb_hold',
  /** `(iterable, run) => async iterable`: the same for `for await`. */
  each: '__dinnb_each',
  /** `() => void`: throws when the run was interrupted; cheap enough for every turn of a loop. */
  tick: '__dinnb_tick',
  /** `(value, run) => void`: hands over the value of the cell's last expression. */
  value: '__dinnb_value',
  /** `(name, default) => value`: a notebook parameter. */
  parameter: '__dinnb_parameter',
} as const;
