/** What our sources take of `node:buffer`, where there is no Node. */
export { Buffer } from 'buffer/';
/** Chromium's and Firefox' limits are no smaller than V8's of Node 20. */
export const constants = { MAX_STRING_LENGTH: 2 ** 29 - 24 };
