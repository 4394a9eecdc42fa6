import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OutputEvent } from '../../../src/outputs/events';
import { MIME_TABLE, type MimeBundle } from '../../../src/outputs/mime';
import { TestKernel, until } from './kernel';

let kernel: TestKernel;
beforeAll(async () => {
  kernel = await TestKernel.start();
});
afterAll(() => kernel.stop());

async function bundles(source: string): Promise<MimeBundle[]> {
  const { result, outputs } = await kernel.run(source);
  expect(result.error, source).toBeUndefined();
  return outputs.flatMap((output) => (output.type === 'display' || output.type === 'result' ? [output.data] : []));
}

test('values, strings and MIME bundles', async () => {
  expect(
    await bundles(
      'display({ a: [1, 2] }); display("as it is"); display({ "text/html": "<b>x</b>", "text/plain": "x" }); 0',
    ),
  ).toEqual([
    { 'text/plain': '{ a: [ 1, 2 ] }' },
    { 'text/plain': 'as it is' },
    { 'text/html': '<b>x</b>', 'text/plain': 'x' },
    { 'text/plain': '0' },
  ]);
  expect(await bundles('({ "application/json": { deep: [1, { x: null }] } })')).toEqual([
    { 'application/json': { deep: [1, { x: null }] } },
  ]);
});

test('bytes arrive as bytes', async () => {
  const [bundle] = await bundles(
    'display({ "image/png": Uint8Array.from({ length: 70000 }, (_, i) => i), "text/plain": "png" }); undefined',
  );
  const png = bundle!['image/png'] as Uint8Array;
  expect(png).toBeInstanceOf(Uint8Array);
  expect([png.length, png[255], png[256], png[69_999]]).toEqual([70_000, 255, 0, 69_999 % 256]);
  expect(bundle!['text/plain']).toBe('png');
  const [buffer] = await bundles('display({ "image/jpeg": Buffer.from([1, 2, 3]) }); undefined');
  expect(buffer!['image/jpeg']).toEqual(Uint8Array.of(1, 2, 3));
});

test('the bytes of a picture are the picture, records a table, progress a bar', async () => {
  const [png, table, bar] = await bundles(`
    display(Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAA', 'base64'));
    display([{ user: 1, item: 'a' }, { user: 2, item: 'b' }]);
    for (const n of display.progress([1, 2, 3], { title: 'items' })) n;
    undefined`);
  expect(Object.keys(png!)).toEqual(['image/png', 'text/plain']);
  expect(table![MIME_TABLE]).toMatchObject({
    rows: 2,
    columns: [{ name: 'user', values: [1, 2] }, { values: ['a', 'b'] }],
  });
  expect(bar!['text/plain']).toMatch(/^items: 3 of 3 \(100 %\)/);
});

test('figures of Vega-Lite carry a picture; what would be fetched or is none says so', async () => {
  const [bar, mime, remote, wrong, ...expressions] = await bundles(`
    const values = [{ genre: 'Drama <b>', n: 3 }, { genre: 'Comedy', n: 5 }];
    const encoding = { x: { field: 'genre', type: 'nominal' }, y: { field: 'n', type: 'quantitative' } };
    display.vegaLite({ data: { values }, mark: 'bar', encoding });
    display({ 'application/vnd.vegalite.v5+json': { data: { values }, mark: 'point', encoding } });
    display.vegaLite({ data: { url: 'https://example.org/x.csv' }, mark: 'bar', encoding });
    display.vegaLite({ mark: 5 });
    for (const calculate of ["new Date()", "datum.n + ", "window.x", "datum.n.constructor('1')()"])
      display.vegaLite({ data: { values }, transform: [{ filter: 'datum.n > 3' }, { calculate, as: 'm' }], mark: 'bar', encoding });
    undefined`);
  expect(bar!['image/svg+xml']).toMatch(/^<svg[\s\S]*Drama &lt;b&gt;[\s\S]*<\/svg>$/);
  expect(bar!['text/plain']).toBe('Vega-Lite figure');
  expect(Object.keys(mime!).sort()).toEqual(['application/vnd.vegalite.v5+json', 'image/svg+xml', 'text/plain']);
  expect(remote!['text/plain']).toContain('https://example.org/x.csv: nothing is fetched');
  expect(wrong!['text/plain']).toContain('figure.mark is 5, which is no mark of Vega-Lite: it has arc, area,');
  const wrongAt = (text: string) => `figure.transform[1].calculate is ${JSON.stringify(text)}, which is no expression`;
  for (const [at, told] of [
    wrongAt('new Date()'),
    wrongAt('datum.n + '),
    'name: "window"',
    'Illegal callee',
  ].entries()) {
    expect(expressions[at]!['text/plain']).toContain('Vega-Lite does not understand the figure');
    expect(expressions[at]!['text/plain']).toContain(told);
  }
});

test('a link in a figure leads nowhere, and sequences without end are no figure: the kernel lives', async () => {
  const [linked, ...endless] = await bundles(`
    const data = { values: [{ a: 1 }] };
    const x = { field: 'a', type: 'quantitative' };
    display.vegaLite({ data, mark: 'point', encoding: { x, href: { value: 'javascript:alert(1)' } } });
    display.vegaLite({ data: { sequence: { start: 0, stop: 1e9 } }, mark: 'point', encoding: { x: { field: 'data' } } });
    display.vegaLite({ data, transform: [{ calculate: 'length(sequence(1e9))', as: 'a' }], mark: 'point', encoding: { x } });
    display({ 'application/vnd.vega.v5+json': { width: 9, height: 9, data: [{ name: 't', transform: [{ type: 'sequence', start: 0, stop: { signal: '2e6' } }] }] } });
    await new Promise((soon) => setTimeout(soon, 20));
    undefined`);
  expect(linked!['image/svg+xml']).toContain('<svg');
  expect(linked!['image/svg+xml']).not.toContain('javascript');
  expect(endless.map((bundle) => /A sequence of (\d+) numbers/.exec(bundle['text/plain'] as string)?.[1])).toEqual([
    '1000000000',
    '1000000000',
    '2000000',
  ]);
  expect(
    await bundles(
      `display.vegaLite({ data: { sequence: { start: 0, stop: 3 } }, mark: 'bar', encoding: { x: { field: 'data' } } })`,
    ),
  ).toHaveLength(1);
});

test('no colour of a figure is an address', async () => {
  const [bundle] = await bundles(`
    const url = 'url(http://127.0.0.1:9/x)';
    display.vegaLite({
      data: { values: [{ a: 'A (url)', b: 1 }] }, background: url, view: { fill: url }, title: { text: 'url(x)', color: url },
      mark: { type: 'bar', color: url, stroke: url, blend: 'x; background:' + url }, config: { axis: { labelColor: url } },
      encoding: { x: { field: 'a' }, y: { field: 'b', type: 'quantitative' } },
    });
    display.vegaLite({ data: { values: [{ a: 1, b: 1 }] }, mark: { type: 'area', color: { gradient: 'linear', stops: [{ offset: 0, color: 'red' }, { offset: 1, color: 'blue' }] } }, encoding: { x: { field: 'a' }, y: { field: 'b' } } });
    undefined`);
  const svg = String(bundle!['image/svg+xml']);
  expect(svg).not.toContain('127.0.0.1');
  expect(svg).toContain('url(x)');
});

test('figures take tensors and BigInts, and say where they hold what is none', async () => {
  const figures = await bundles(`
    display.plotly({ data: [{ type: 'bar', y: tf.tensor1d([1, 2, 3]), x: [1n, 2n, 2n ** 70n] }, { type: 'heatmap', z: tf.tensor2d([[1, 2], [3, 4]]) }] });
    display({ 'application/vnd.plotly.v1+json': { data: [{ y: BigInt64Array.of(1n) }], layout: { width: tf.scalar(300) } } });
    display.plotly({ data: [{ y: [1, 2n ** 60n + 1n] }] });
    display.plotly({ data: [{ z: tf.zeros([2, 2, 2]) }] });
    const gone = tf.zeros([2]); gone.dispose();
    display.plotly({ data: [{ z: gone }] });
    const data = { values: [{ n: 1n }, { n: 2 }] };
    const encoding = { x: { field: 'n', type: 'quantitative' } };
    display.vegaLite({ data, mark: 'point', encoding });
    display.vegaLite({ data, layer: [{ mark: { type: 'points' }, encoding }] });
    display.vegaLite({ data, mark: 'point', encoding: { x: null, y: 7, color: { condition: 5 } }, layer: 3 });
    undefined`);
  const plotly = 'application/vnd.plotly.v1+json';
  expect(figures.slice(0, 2).map((bundle) => bundle[plotly])).toEqual([
    {
      data: [
        { type: 'bar', y: [1, 2, 3], x: [1, 2, 2 ** 70] },
        {
          type: 'heatmap',
          z: [
            [1, 2],
            [3, 4],
          ],
        },
      ],
      layout: {},
    },
    { data: [{ y: [1] }], layout: { width: 300 } },
  ]);
  const texts = figures.map((bundle) => bundle['text/plain']);
  expect(texts[2]).toContain('figure.data[0].y[1] is the BigInt 1152921504606846977n, which no number holds exactly');
  expect(texts[3]).toContain('figure.data[0].z is a tensor of shape [2, 2, 2]');
  expect(texts[4]).toContain('figure.data[0].z is a tensor that has been disposed of');
  expect(texts[5]).toBe('Vega-Lite figure');
  expect(texts[6]).toContain('figure.layer[0].mark.type is "points", which is no mark of Vega-Lite');
  expect(texts[7]).toContain('could not be shown');
  const { result } = await kernel.run("display.plotly({ data: 'x' })");
  expect(result.error?.message).toBe(
    "display.plotly takes a figure, { data: [{ type: 'bar', x: ['a', 'b'], y: [1, 2] }], layout: {} }; figure.data is 'x'.",
  );
  const { result: other } = await kernel.run('display.plotly({ data: [{}, 5] })');
  expect(other.error?.message).toContain('figure.data[1] is 5.');
});

test('JSON takes BigInts that a number holds, and names those that none does', async () => {
  const [tree, other] = await bundles('display.json({ a: [1n] }); display.json({ a: 2n ** 60n + 1n }); undefined');
  expect(tree!['application/json']).toEqual({ a: [1] });
  expect(other!['text/plain']).toContain("'a' is the BigInt 1152921504606846977n, which no number holds exactly");
});

test('a table of no records is a table', async () => {
  const [table] = await bundles('display.table([{ a: 1 }].filter(({ a }) => a > 1))');
  expect(table).toEqual({ [MIME_TABLE]: { version: 1, rows: 0, columns: [] }, 'text/plain': '0 rows × 0 columns\n[]' });
});

test('objects that show themselves', async () => {
  expect(await bundles('({ [Symbol.for("dinnb.display")]: () => ({ "text/markdown": "*hi*" }) })')).toEqual([
    { 'text/markdown': '*hi*' },
  ]);
  expect(await bundles('({ [Symbol.for("Jupyter.display")]: () => ({ "text/html": "<i>hi</i>" }) })')).toEqual([
    { 'text/html': '<i>hi</i>' },
  ]);
  const { cellId, seen } = kernel.begin(
    '({ [Symbol.for("Jupyter.display")]: async () => ({ "text/html": "later" }) })',
  );
  await seen;
  await until(() => JSON.stringify(kernel.seen(cellId).outputs).includes('later'), 'the promised bundle was shown');
});

test('tensors, variables, typed arrays, errors', async () => {
  const [matrix] = await bundles('tf.tensor2d([[1, 2], [3, 4]])');
  expect(matrix!['text/plain']).toBe('Tensor float32 [2, 2]\n[[1, 2],\n [3, 4]]');
  const [wide] = await bundles('tf.tensor2d([[1, 2.5], [100, -2]])');
  expect(wide!['text/plain']).toBe('Tensor float32 [2, 2]\n[[1  , 2.5],\n [100, -2 ]]');
  for (const [code, text] of [
    ['tf.tensor2d([[1, 2.5, -3]])', '[1, 3]\n[[1, 2.5, -3]]'],
    ['tf.tensor3d([[[0, 1, 2]], [[3, 4, 5]]])', '[2, 1, 3]\n[[[0, 1, 2]],\n\n [[3, 4, 5]]]'],
    ['tf.tensor3d([[[7]]])', '[1, 1, 1]\n[[[7]]]'],
    ['tf.range(0, 4).reshape([1, 2, 1, 2])', '[1, 2, 1, 2]\n[[[[0, 1]],\n\n  [[2, 3]]]]'],
    ['tf.zeros([0, 3])', '[0, 3]\n[]'],
  ] as const)
    expect((await bundles(code))[0]!['text/plain']).toBe(`Tensor float32 ${text}`);
  // No value looks like another one: a small gradient is not zero.
  for (const [code, text] of [
    ['tf.tensor1d([1e-8, 2e-9, 0.5])', 'float32 [3]\n[1e-8, 2e-9, 0.5]'],
    ['tf.tensor2d([[1e-8, -1], [1e-30, 123456.789]])', 'float32 [2, 2]\n[[1e-8 , -1      ],\n [1e-30, 123456.8]]'],
    ['tf.scalar(1e-8)', 'float32 []\n1e-8'],
    ['tf.tensor2d([[-0, 0]])', 'float32 [1, 2]\n[[-0, 0]]'],
    ['tf.tensor1d([0.1, 1 / 3, 1 + 2 ** -20])', 'float32 [3]\n[0.1, 0.3333333, 1.000001]'],
    ['tf.tensor1d([2 ** 24, 2 ** 27, 1e12, 3e38])', 'float32 [4]\n[16777216, 134217728, 1e+12, 3e+38]'],
    ['tf.tensor1d([NaN, Infinity, -Infinity])', 'float32 [3]\n[NaN, Infinity, -Infinity]'],
    ['tf.tensor([2147483647, -1], undefined, "int32")', 'int32 [2]\n[2147483647, -1]'],
    ['tf.tensor2d([[true, false]])', 'bool [1, 2]\n[[true, false]]'],
    ['tf.scalar(true)', 'bool []\ntrue'],
    ['tf.scalar("a\\nb")', "string []\n'a\\nb'"],
    ['tf.tensor1d([])', 'float32 [0]\n[]'],
    ['tf.zeros([2, 0])', 'float32 [2, 0]\n[[],\n []]'],
    ['tf.range(0, 30).mul(1e-9)', 'float32 [30]\n[0, 1e-9, 2e-9, ..., 2.7e-8, 2.8e-8, 2.9e-8]'],
    ['tf.ones([1, 1, 1, 1, 1, 2]).mul(1e-9)', 'float32 [1, 1, 1, 1, 1, 2]\n[[[[[[1e-9, 1e-9]]]]]]'],
  ] as const)
    expect((await bundles(code))[0]!['text/plain']).toBe(`Tensor ${text}`);
  const tall = (await bundles('tf.ones([21, 2]).mul(1e-9)'))[0]!['text/plain'];
  const row = '[1e-9, 1e-9]';
  expect(tall).toBe(`Tensor float32 [21, 2]\n[${row},\n ${row},\n ${row},\n ...,\n ${row},\n ${row},\n ${row}]`);
  expect((await kernel.run('tf.tensor2d([[1e-8], [-2]]).print()')).printed).toBe(
    'Tensor\n    [[1e-8],\n     [-2  ]]\n',
  );
  expect((await bundles(`tf.tensor2d([['a,]', ' [b']])`))[0]!['text/plain']).toBe(
    "Tensor string [1, 2]\n[['a,]', ' [b']]",
  );
  expect((await bundles('tf.variable(tf.scalar(5), true, "rate")'))[0]!['text/plain']).toBe(
    "Variable 'rate' float32 []\n5",
  );
  expect((await bundles('tf.zeros([1000, 1000])'))[0]!['text/plain']).toMatch(
    /^Tensor float32 \[1000, 1000\]\n\[0, 0, .* 1000000 values\]/,
  );
  expect((await bundles('const gone = tf.scalar(1); gone.dispose(); gone'))[0]!['text/plain']).toContain('disposed');
  expect((await bundles('Float32Array.of(1, 2.5)'))[0]!['text/plain']).toBe('Float32Array(2) [ 1, 2.5 ]');
  expect((await bundles('new TypeError("shown, not thrown")'))[0]!['text/plain']).toMatch(
    /^TypeError: shown, not thrown\n {4}at cell \d+:1:1/,
  );
});

test('a display changes in place, also from a later cell and while the main thread is blocked', async () => {
  const { cellId, seen } = kernel.begin('const handle = display("0 %"); handle.update("50 %"); handle.id.length > 0');
  await seen;
  await kernel.run('handle.update({ "text/plain": "100 %" })');
  expect(
    kernel.seen(cellId).outputs.map((o) => o.type !== 'stream' && o.type !== 'error' && o.data['text/plain']),
  ).toEqual(['100 %', 'true']);
});

test('small changes of a representation reach live renderers in order', async () => {
  const { cellId } = await begin(
    'const live = display({ "application/x+json": [] }); for (let i = 0; i < 3; i++) live.append("application/x+json", { i }); undefined',
  );
  expect(kernel.eventsOf(cellId).filter((e) => e.type === 'append')).toMatchObject([
    { patch: { i: 0 } },
    { patch: { i: 1 } },
    { patch: { i: 2 } },
  ]);
});

test('many updates in a burst arrive as few, the last one among them', async () => {
  const { cellId } = await begin(
    'const counter = display("0"); for (let i = 1; i <= 5000; i++) counter.update(String(i)); undefined',
  );
  const updates = kernel.eventsOf(cellId).filter((e) => e.type === 'update');
  expect(updates.length).toBeLessThan(500);
  expect(updates.at(-1)).toMatchObject({ data: { 'text/plain': '5000' } });
});

test('no two values share an id', async () => {
  const { cellId } = await begin('for (let i = 0; i < 50; i++) display(i); "end"');
  const ids = kernel.events.flatMap(({ event }) =>
    event.type === 'display' || event.type === 'result' ? [event.displayId] : [],
  );
  expect(kernel.eventsOf(cellId).length).toBe(51);
  expect(new Set(ids).size).toBe(ids.length);
});

test('a value that cannot be shown says why and breaks nothing', async () => {
  const [one, two, three, text, four, five] = await bundles(`
    display({ [Symbol.for('dinnb.display')]() { throw new RangeError('no picture') } });
    display({ [Symbol.for('dinnb.display')]: () => 5 });
    const circle: any = {}; circle.self = circle;
    display({ 'application/json': circle });
    display({ 'text/html': 5 });
    display({ [Symbol.for('nodejs.util.inspect.custom')]() { throw new Error('not for you') } });
    'still running'`);
  const [last] = await bundles("({ [Symbol.for('dinnb.display')]: () => 5 })");
  // nothing of the kernel's own stack
  expect(last!['text/plain']).toMatch(/must return an object from MIME types to values, not 5\.$/);
  expect(one!['text/plain']).toMatch(/could not be shown[\s\S]*RangeError: no picture\n {4}at .*cell \d+:2:/);
  expect(two!['text/plain']).toMatch(/must return an object from MIME types/);
  expect(three!['text/plain']).toMatch(/application\/json: .*circular/i);
  expect(text!['text/plain']).toContain('text/html: the value must be a text, not 5.');
  expect(four!['text/plain']).toMatch(/not for you/);
  expect(five!['text/plain']).toBe("'still running'");
});

test('a table of the library shows itself', async () => {
  const source = `const samples = await din.data.load('simulated', { seed: 1 }); samples.train.slice(0, 3)`;
  const [bundle] = await bundles(source);
  expect(Object.keys(bundle!)).toEqual(expect.arrayContaining(['text/html', 'text/plain']));
});

test('a training that is the last value of its cell is drawn once, and again where somebody asks for it', async () => {
  const shown = (events: OutputEvent[]) => events.filter(({ type }) => type === 'display' || type === 'result').length;
  const fit = `
    var network = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2], activation: 'sigmoid' })] });
    var numbers = Float32Array.from({ length: 64 }, (_, i) => i % 3);
    var options = { epochs: 2, batchSize: 8, loss: 'binaryCrossentropy', verbose: false };
    var history = await din.graph.fit(network, numbers, Float32Array.from({ length: 32 }, (_, i) => i % 2), options);
    history`;
  const trained = await begin(fit);
  expect(shown(kernel.eventsOf(trained.cellId))).toBe(1);
  // In another cell it is a value like any other.
  const again = await begin('history');
  expect(shown(kernel.eventsOf(again.cellId))).toBe(1);
  const asked = await begin(`${fit}; display(history); history.epochs`);
  expect(shown(kernel.eventsOf(asked.cellId))).toBe(3);
});

test('a value that resists being asked whether it is drawn is shown', async () => {
  const [bundle] = await bundles(`({ get [Symbol.for('dinnb.drawn')]() { throw new Error('no') }, a: 1 })`);
  expect(bundle!['text/plain']).toContain('a: 1');
});

async function begin(source: string) {
  const started = kernel.begin(source);
  const { result } = await started.seen;
  expect(result.error).toBeUndefined();
  return started;
}
