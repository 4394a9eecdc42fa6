/** Which TensorFlow kernels load, setting one up, and explaining both: the public part of this folder. */
export { type DoctorOptions, type DoctorReport, doctor, printDoctor } from './doctor';
export { type InstallOptions, installRuntime } from './install';
export type {
  CandidateVerdict,
  InstallPlan,
  InstallProgress,
  InstallResult,
  RuntimeStep,
  StepResult,
} from './installation';
export { RuntimeUnavailableError } from './installation';
export { formatBytes, type Machine, thisMachine } from './machine';
export { type RuntimeRequest, type SelectOptions, selectRuntime } from './select';
