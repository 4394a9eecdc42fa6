export { AttentionMap, type AttentionMapOptions, attentionMap, type ItemNames } from './attention-map';
export { type Baseline, Baselines, baselines } from './baselines';
export { type CandidatesOptions, candidatesFor } from './candidates';
export { type CompareOptions, Comparison, type ComparisonRow, compare, relaImpr } from './compare';
export { type Leak, type LeakageOptions, LeakageReport, leakage } from './leakage';
