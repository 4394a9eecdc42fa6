/** A data set as its publisher offers it. */
export interface PublishedSet {
  /** Also the folder's name under `$DINNB_DATA` and in the cache. */
  name: string;
  /** Other names that the folder may have: what its archive unpacks to. */
  folders?: readonly string[];
  title: string;
  /** The files that are read; of each the names it may have, the published one first. */
  files: readonly (readonly [string, ...string[]])[];
  source:
    | {
        archive: string;
        /** Of the archive. */
        sha256?: string;
        /** The publisher gives the MD5 at `<archive>.md5`. */
        md5Beside?: true;
      }
    | { files: readonly string[] }
    /** Where to get it, for data sets whose terms must be accepted first. */
    | { manual: string };
  /** SHA-256 by file name, where known. */
  sha256?: Readonly<Record<string, string>>;
  /** One sentence, shown before a download. */
  licence: string;
}
