/** Which TensorFlow kernels load, setting one up, and explaining both: the public part of this folder. */
export { formatBytes } from './disk';
export { type DoctorOptions, type DoctorReport, doctor } from './doctor';
export { printDoctor } from './doctor-print';
export { RuntimeUnavailableError } from './errors';
export { type InstallOptions, installRuntime } from './install';
export { type Machine, thisMachine } from './machine';
export { type RuntimeRequest, type SelectOptions, selectRuntime } from './select';
export type { CandidateVerdict, InstallPlan, InstallProgress, InstallResult, RuntimeStep, StepResult } from './types';
