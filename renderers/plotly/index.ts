import { MIME_PLOTLY } from '../../src/outputs/mime';
import type { Kind } from '../shared/mounts';
import { type PlotlyFigure, parsePlotlyFigure } from './parse';
import { PlotlyView } from './view';

/** Draws `application/vnd.plotly.v1+json`: figures of any library that writes plotly's JSON. */
export const plotly: Kind<PlotlyFigure, never> = {
  mime: MIME_PLOTLY,
  parse: parsePlotlyFigure,
  create: (element, figure) => new PlotlyView(element, figure),
};
