/** The names, each once: what has the name of an earlier one gets a number behind it, `dense`, `dense_1`, that no other name is. */
export function distinct(names: readonly string[]): string[] {
  const taken = new Set(names);
  const seen = new Set<string>();
  return names.map((name) => {
    if (!seen.has(name)) {
      seen.add(name);
      return name;
    }
    for (let n = 1; ; n++) {
      const other = `${name}_${n}`;
      if (taken.has(other)) continue;
      taken.add(other);
      return other;
    }
  });
}
