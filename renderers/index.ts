import { attention } from './attention';
import { plotly } from './plotly';
import { activation } from './shared/mounts';
import { training } from './training';

/** The one renderer module, so that there is one plotly: in the editor and in a report. */
export const activate = activation(training, attention, plotly);
