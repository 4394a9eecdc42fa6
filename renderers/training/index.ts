import { MIME_TRAINING } from '../../src/outputs/mime';
import type { TrainingOutput } from '../../src/outputs/training';
import { parseTrainingOutput } from '../../src/outputs/training-parse';
import type { Kind } from '../shared/mounts';
import type { TrainingSettings } from './settings';
import { TrainingView } from './view';

/** Draws `application/vnd.dinnb.training+json`, live. */
export const training: Kind<TrainingOutput, TrainingSettings> = {
  mime: MIME_TRAINING,
  parse: parseTrainingOutput,
  create: (element, output, settings, onSettings) => new TrainingView(element, output, settings, onSettings),
};
