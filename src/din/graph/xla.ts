import { DataType, type } from './attributes';
import { Body } from './ir';
import { Program } from './program';
import { GraphRefused } from './refused';

let available: boolean | undefined;

/**
 * Whether this libtensorflow has XLA's just-in-time compiler. Without it `_XlaMustCompile` is ignored silently, so a
 * graph with an op that only the compiler's library knows is loaded: an op that is not registered and one that has no
 * kernel on this device are refused in different words, and quietly, where a function that cannot be compiled would
 * print warnings.
 */
export function xlaAvailable(): boolean {
  available ??= probe();
  return available;
}

function probe(): boolean {
  const body = new Body();
  const zero = body.constant({ dtype: DataType.int32, shape: [], bytes: new Uint8Array(4) });
  const output = { dtype: DataType.int32, shape: [] };
  const node = body.add('XlaClusterOutput', [zero], { T: type(DataType.int32) }, [output]);
  body.results = [{ node, index: 0 }];
  try {
    new Program({ probe: body }).dispose();
    return true;
  } catch (error) {
    if (error instanceof GraphRefused) return !/not registered 'XlaClusterOutput'/.test(error.message);
    throw error;
  }
}

/**
 * Whether compiling pays: what XLA saves in the steps that remain against what compiling takes. From counts alone, not
 * from the clock, so that the same training always takes the same path and gives the same bits.
 *
 * Fitted to DIN on two cores: op by op a node costs about 1.2 us, most of it dispatch, which XLA removes, and each
 * element that an op gives about 0.4 ns, half of which fusion removes; compiling costs about 4 ms a node, once: what is
 * compiled is kept, and the next kernel loads it in a quarter of the time. Whether it is there must not matter, as the
 * bits of a training would depend on it, so that the mean of both is counted: with DIN, 4,600 steps of batch 12.
 */
export function xlaPays(nodes: number, elements: number, steps: number): boolean {
  const savedMs = (nodes * 1.0e-3 + elements * 0.2e-6) * steps;
  const compileMs = 500 + nodes * 4;
  return savedMs > 1.1 * compileMs;
}
