/** Bad data or bad settings of a data source, feature or model: the message names the thing, the place and the remedy. */
export class DataError extends Error {
  override name = 'DataError';
}

/** Training cannot go on (the loss is no longer a number): the message names epoch, step and likely remedies. */
export class TrainingError extends Error {
  override name = 'TrainingError';
}
