import type { AttentionOutput } from '../../src/outputs/attention';
import { parseAttentionOutput } from '../../src/outputs/attention-parse';
import { MIME_ATTENTION } from '../../src/outputs/mime';
import type { Kind } from '../shared/mounts';
import type { AttentionSettings } from './settings';
import { AttentionView } from './view';

/** Draws `application/vnd.dinnb.attention+json`. */
export const attention: Kind<AttentionOutput, AttentionSettings> = {
  mime: MIME_ATTENTION,
  parse: parseAttentionOutput,
  create: (element, output, settings, onSettings) => new AttentionView(element, output, settings, onSettings),
};
