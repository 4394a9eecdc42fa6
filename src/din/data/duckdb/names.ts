import type * as Bindings from '@duckdb/node-bindings';

/** `'it''s'` */
export function sqlString(text: string): string {
  return `'${text.replace(/'/g, "''")}'`;
}

/** `"a ""name"""` */
export function sqlName(name: string): string {
  return `"${name.replace(/"/g, '""')}"`;
}

let loaded: typeof Bindings | undefined;

/** DuckDB's C interface: the memory of its vectors. Loaded with the first database. */
export function bindings(): typeof Bindings {
  return loaded!;
}

export async function loadBindings(): Promise<void> {
  const module = await import('@duckdb/node-bindings');
  loaded = (module as { default?: typeof Bindings }).default ?? module;
}
