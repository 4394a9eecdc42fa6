/**
 * A step that cannot become a graph: the caller computes it op by op instead and says why, once. The message is a
 * clause that fits behind "eager, because": `GatherV2 reads values while ...`.
 */
export class GraphRefused extends Error {
  override name = 'GraphRefused';

  constructor(
    reason: string,
    /** TensorFlow's name of the op at which it ended, where there is one. */
    readonly op?: string,
    /** Nothing is wrong: this backend has no graphs. */
    readonly expected = false,
  ) {
    super(reason);
  }
}
