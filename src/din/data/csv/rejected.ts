import { DataError } from '../../errors';
import { lineOfByte, mixedLineEnds } from './locate';

/** What DuckDB's reader calls its reasons to refuse a row, in the words of somebody who has the file open. */
const REASONS: Readonly<Record<string, string>> = {
  'UNQUOTED VALUE':
    'a quote is not closed, or text follows it. Cells with commas, quotes or line breaks stand in double quotes, quotes inside them doubled',
  'INVALID ENCODING': 'it is not UTF-8. Save the file as UTF-8',
  'INVALID UNICODE': 'it is not UTF-8. Save the file as UTF-8',
  'LINE SIZE OVER MAXIMUM': 'it has more than 2,000,000 bytes; is a quote not closed',
};

/** Why a row cannot be read: its line and the remedy. */
export async function rejectedRow(
  file: string,
  names: readonly string[],
  position: number,
  type: string,
  message: string,
  dialect?: { delimiter: string },
): Promise<DataError> {
  const where = `${file}, line ${await lineOfByte(file, position)}`;
  const counts = /Columns: (\d+) Found: (\d+)/.exec(message);
  if (counts && dialect) {
    return new DataError(
      `${where}: the row has ${counts[2]} cells, ${counts[1]} are needed (${names.join(dialect.delimiter)}).`,
    );
  }
  if (counts) {
    return new DataError(
      `${where}: the row has ${counts[2]} cells, but the first line names ${counts[1]} columns ` +
        `(${shorten(names.join(', '), 1000)}). Add or remove cells; a cell that holds a comma stands in double quotes.`,
    );
  }
  return new DataError(`${where}: ${REASONS[type] ?? message.trim().replace(/\.$/, '')}.`);
}

/**
 * The error for the first line that ends otherwise than line 1; undefined where all end alike. DuckDB's reader refuses files with line
 * ends of several kinds, or takes a carriage return for text, as it happens.
 */
export async function otherLineEnd(file: string): Promise<DataError | undefined> {
  const mixed = await mixedLineEnds(file);
  if (!mixed) return undefined;
  return new DataError(
    `${file}, line ${mixed.line}: it ends with ${mixed.other}, line 1 with ${mixed.first}. Save the file with line ends of one kind.`,
  );
}

/** Text for a message: a cell may be megabytes long. */
export function shorten(text: string, length = 60): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
