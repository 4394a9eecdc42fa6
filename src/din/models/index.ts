export { type BaseOptions, base } from './base';
export { type AttentionOptions, type DinOptions, din } from './din';
export type { EvaluateOptions, EvaluationResult } from './evaluation';
export type { FitOptions } from './fit-options';
export { load } from './load';
export { type AttentionResult, RecommenderModel } from './model';
export type { RankingOptions } from './ranking';
