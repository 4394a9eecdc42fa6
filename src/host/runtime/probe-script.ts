/**
 * Run by `node -e` in a child of its own, because a broken native library can end the process that loads it.
 * Loads the addon without TensorFlow.js around it, squares two numbers, and prints one line of JSON.
 */
export const PROBE_SCRIPT = `
const addon = require(process.argv[1]);
const attribute = { name: 'T', type: addon.TF_ATTR_TYPE, value: addon.TF_FLOAT };
const input = addon.createTensor([2], addon.TF_FLOAT, new Float32Array([3, -4]));
const [output] = addon.executeOp('Square', [attribute], [input], 1);
const [a, b] = addon.tensorDataSync(output.id);
if (a !== 9 || b !== 16) throw new Error('3 and -4 squared gave ' + a + ' and ' + b);
let xla = true;
try {
  addon.executeOp('_XlaCompile', [], [], 0);
} catch (error) {
  // Without attributes it always fails; "registered" is in the text when the op does not exist.
  xla = !/registered/.test(String(error));
}
process.stdout.write('\\n' + JSON.stringify({ probe: 'ok', tensorflow: addon.TF_Version, xla }) + '\\n');
`;
