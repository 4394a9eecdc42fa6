/** A Python that has Jupyter: `DINNB_TEST_PYTHON`, or the one in the cache. */
export function findJupyter(): string | undefined;
