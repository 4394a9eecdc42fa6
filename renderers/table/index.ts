import { MIME_TABLE } from '../../src/outputs/mime';
import { parseTableOutput, type TableOutput } from '../../src/outputs/table';
import type { Kind } from '../shared/mounts';
import { storedRows, type TableSettings, TableView } from './view';

/** Draws `application/vnd.dinnb.table+json`: records and tables, sorted, filtered and paged. */
export const table: Kind<TableOutput, TableSettings> = {
  mime: MIME_TABLE,
  parse: parseTableOutput,
  create: (element, output, settings, onSettings) =>
    new TableView(element, storedRows(output), output, { settings, onSettings }),
};
