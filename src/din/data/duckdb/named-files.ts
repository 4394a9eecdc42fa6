import type { DuckDBConnection } from '@duckdb/node-api';
import { sqlString } from './names';

/** The files that a pattern of DuckDB's names, absolute or as the pattern is; in order. */
export async function glob(connection: DuckDBConnection, pattern: string): Promise<string[]> {
  const result = await connection.runAndReadAll(`SELECT file FROM glob(${sqlString(pattern)}) ORDER BY file`);
  return result.getRows().map(([file]) => String(file));
}

/** What DuckDB's parser makes of a query, as far as it is asked about here. */
interface Parsed {
  type?: unknown;
  table_name?: unknown;
  is_null?: unknown;
  value?: unknown;
  [field: string]: unknown;
}

/**
 * The files that a query reads, in order: those that stand for tables (`FROM 'clicks.csv'`) or are given to a function that is read from
 * (`read_parquet('day=*\/part.parquet')`), and exist; with whether DuckDB takes them for tables by themselves, whatever the function is told.
 */
export async function filesOfQuery(connection: DuckDBConnection, sql: string): Promise<Map<string, boolean>> {
  const files = new Map<string, boolean>();
  for (const { name, isTable } of await namesIn(connection, sql)) {
    // What comes over the network is no file.
    if (/^\w+:\/\//.test(name)) continue;
    for (const file of await glob(connection, name)) files.set(file, isTable || file.endsWith('.parquet'));
  }
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

interface Named {
  name: string;
  isTable: boolean;
}

async function namesIn(connection: DuckDBConnection, sql: string): Promise<Named[]> {
  const result = await connection.runAndReadAll(`SELECT json_serialize_sql(${sqlString(sql)})`);
  const parsed = JSON.parse(String(result.getRows()[0][0])) as { error: boolean; statements?: Parsed[] };
  // Of `PIVOT` and the like DuckDB tells no more than that it is no SELECT: then each text of the query may be a name.
  if (parsed.error) {
    const texts = [...sql.matchAll(/'((?:[^']|'')*)'/g)];
    return texts.map(([, text]) => ({ name: text.replaceAll("''", "'"), isTable: false }));
  }
  const names: Named[] = [];
  const visit = (value: unknown, isArgument: boolean): void => {
    if (typeof value !== 'object' || value === null) return;
    const node = value as Parsed;
    if (node.type === 'BASE_TABLE' && typeof node.table_name === 'string')
      names.push({ name: node.table_name, isTable: true });
    if (isArgument && node.is_null === false && typeof node.value === 'string')
      names.push({ name: node.value, isTable: false });
    for (const part of Object.values(node)) visit(part, isArgument || node.type === 'TABLE_FUNCTION');
  };
  visit(parsed.statements, false);
  return names;
}
