/** What our sources take of `node:os`, where there is no Node. */
export const homedir = () => '/';
