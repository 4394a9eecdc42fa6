import { attention } from './attention';
import { json } from './json';
import { parameters } from './parameters';
import { plotly } from './plotly';
import { progress } from './progress';
import { activation } from './shared/mounts';
import { svg } from './svg';
import { table } from './table';
import { training } from './training';
import { type VariablesHost, VariablesPage } from './variables';

/** The one renderer module, so that there is one plotly: in the editor and in a report. */
export const activate = activation(training, attention, plotly, table, json, svg, progress, parameters);

/** Runs in the Variables view, which draws what variables hold with the same code. */
export const startVariables = (host: VariablesHost) => new VariablesPage(host, activate);
