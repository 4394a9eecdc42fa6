import { attention } from './attention';
import { json } from './json';
import { plotly } from './plotly';
import { progress } from './progress';
import { activation } from './shared/mounts';
import { table } from './table';
import { training } from './training';

/** The one renderer module, so that there is one plotly: in the editor and in a report. */
export const activate = activation(training, attention, plotly, table, json, progress);
