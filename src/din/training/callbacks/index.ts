export type { Callback, EndState, EpochLog, StepLog, TrainingContext } from './callback';
export { csvLog } from './csv-log';
export { type EarlyStoppingOptions, earlyStopping } from './early-stopping';
export { learningRateSchedule, type ReduceOnPlateauOptions, reduceOnPlateau } from './learning-rate';
