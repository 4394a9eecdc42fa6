/** What our sources take of `node:util`, where there is no Node; of values that came from JSON. */
export { default as isDeepStrictEqual } from 'fast-deep-equal';
