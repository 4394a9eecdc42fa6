import { MIME_TRAINING } from '../../src/outputs/mime';
import type { TrainingOutput } from '../../src/outputs/training';
import { parseTrainingOutput } from '../../src/outputs/training-parse';
import { activation } from '../shared/mounts';
import type { TrainingSettings } from './settings';
import { TrainingView } from './view';

/** Entry of the training renderer: draws `application/vnd.dinnb.training+json`, live. */
export const activate = activation<TrainingOutput, TrainingSettings>({
  mime: MIME_TRAINING,
  parse: parseTrainingOutput,
  create: (element, output, settings, onSettings) => new TrainingView(element, output, settings, onSettings),
});
