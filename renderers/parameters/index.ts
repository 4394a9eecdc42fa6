import { MIME_PARAMETERS } from '../../src/outputs/mime';
import type { ParametersOutput } from '../../src/outputs/parameters';
import { field, text } from '../../src/outputs/parse';
import type { Kind } from '../shared/mounts';
import { ParametersView } from './view';

/** Draws `application/vnd.dinnb.parameters+json`: the form of a parameters cell, which only the editor has. */
export const parameters: Kind<ParametersOutput, { [name: string]: string }> = {
  mime: MIME_PARAMETERS,
  parse: (value) => ({ cell: text(field({ value, path: 'parameters' }, 'cell'), 200) }),
  create: (element, output, settings, onSettings, post) =>
    new ParametersView(element, output, settings ?? {}, onSettings, post),
};
