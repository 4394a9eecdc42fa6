/** The rich outputs as plain data: shared by the library, the kernel, the renderers and the exports. */
export * from './accumulate';
export * from './attention';
export * from './attention-parse';
export * from './attention-view';
export * from './decimate';
export * from './display';
export * from './events';
export * from './mime';
export { OutputError } from './parse';
export * from './progress';
export * from './table';
export * from './table-query';
export * from './training';
export * from './training-parse';
export * from './training-patch';
export * from './training-view';
