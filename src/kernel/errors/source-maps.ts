import { SourceMap, type SourceMapPayload } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Old runs lose their maps, so that a cell run ten thousand times does not fill memory. */
const KEPT_RUNS = 2000;

export interface CellPosition {
  /** Its execution number: what stands beside the cell. */
  run: number;
  line: number;
  column: number;
  /** The cell as it ran. */
  source: string;
}

interface MappedCell {
  source: string;
  map: string;
  indent: number;
  parsed?: SourceMap;
}

/** Finds the place in a cell or a workspace file behind a place in compiled code. All lines and columns are 1-based. */
export class SourceMaps {
  private readonly cells = new Map<number, MappedCell>();
  private readonly files = new Map<string, { map: string; parsed?: SourceMap }>();

  /** @param indent how many columns the map's places in the first line lie behind the cell's own */
  addCell(run: number, source: string, map: string, indent = 0): void {
    this.cells.set(run, { source, map, indent });
    const oldest = run - KEPT_RUNS;
    if (oldest > 0) this.cells.delete(oldest);
  }

  addFile(url: string, map: string): void {
    this.files.set(url, { map });
  }

  cell(run: number, line: number, column: number): CellPosition | undefined {
    const mapped = this.cells.get(run);
    if (!mapped) return undefined;
    mapped.parsed ??= parse(mapped.map);
    const place = original(mapped.parsed, line, column);
    if (place.line === 1) place.column = Math.max(1, place.column - mapped.indent);
    return { run, ...place, source: mapped.source };
  }

  /** `path:line:column` of a workspace file; undefined for other files. */
  file(url: string, line: number, column: number): string | undefined {
    const mapped = this.files.get(url);
    if (!mapped) return undefined;
    mapped.parsed ??= parse(mapped.map);
    const place = original(mapped.parsed, line, column);
    return `${fileURLToPath(url.replace(/\?.*$/, ''))}:${place.line}:${place.column}`;
  }
}

function parse(map: string): SourceMap {
  return new SourceMap(JSON.parse(map) as SourceMapPayload);
}

function original(map: SourceMap, line: number, column: number): { line: number; column: number } {
  const entry = map.findEntry(line - 1, column - 1);
  if (!('originalLine' in entry)) return { line, column };
  return { line: entry.originalLine + 1, column: entry.originalColumn + 1 };
}
