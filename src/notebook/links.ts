/** As a browser reads an address: without what it skips. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: browsers skip them
export const readAddress = (url: string): string => url.replace(/[\u0000-\u0020\u007f-\u009f]/g, '');

export const schemeOf = (url: string): string | undefined =>
  /^([a-z][a-z0-9+.-]*):/i.exec(readAddress(url))?.[1]?.toLowerCase();

/** Whether a link leads to a page, a mailbox or a place in the text: not to a script, a command or a program of the machine. */
export const isSafeLink = (url: string): boolean => ['http', 'https', 'mailto', undefined].includes(schemeOf(url));
