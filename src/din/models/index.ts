export type { ModelDefinition, ModelOptions } from './architecture';
export { type BaseOptions, base, type RankingOptions } from './base';
export type { AttentionOptions, Candidate, Histories, MlpOptions, ModelBuilder, Past } from './builder';
export { define, type ModelFactory } from './define';
export { type DinOptions, din } from './din';
export type { EvaluateOptions, EvaluationResult } from './evaluation';
export type { FitOptions } from './fit-options';
export { load } from './load';
export { type AttentionResult, RecommenderModel } from './model';
