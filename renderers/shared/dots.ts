import Drawing from 'plotly.js/src/components/drawing';

/**
 * Markers of large scatter traces, drawn into one picture. Plotly makes an element of the page of each marker: at a hundred thousand
 * that takes seconds. Everything else (axes, zoom, hover, legend, lines) stays plotly's, and so do markers with texts, gradients,
 * patterns, angles or selections.
 */

/** From so many on, a picture. */
const MANY = 5000;
/** Of the picture, a pixel of the page: sharp on fine screens and in saved pictures. */
const SCALE = 2;
/** In the middle of the symbols from 200 on. */
const DOT = 'M0,0.5L0.5,0L0,-0.5L-0.5,0Z';
const SVG = 'http://www.w3.org/2000/svg';

/** A point as plotly has computed it. */
interface Point {
  x?: unknown;
  y?: unknown;
  /** Of its own: size, symbol, color, opacity, width and color of its line. */
  ms?: number;
  mx?: number | string;
  mc?: unknown;
  mo?: number;
  mlw?: number;
  mlc?: unknown;
  /** Its radius, which hovering asks for. */
  mrc?: number;
}

interface Marker {
  symbol?: unknown;
  color?: unknown;
  opacity?: number;
  maxdisplayed?: number;
  angle?: unknown;
  standoff?: unknown;
  gradient?: { type?: unknown };
  pattern?: { shape?: unknown; path?: unknown };
  line?: { width?: unknown; color?: unknown; dash?: unknown };
}

interface Trace {
  uid: string;
  mode?: string;
  visible?: unknown;
  selectedpoints?: unknown;
  stackgroup?: unknown;
  marker?: Marker;
}

interface Axis {
  _length: number;
  c2p(value: unknown): number;
}

type Points = Point[] & [{ trace: Trace }];
type Draw = (
  graph: unknown,
  plot: { xaxis: Axis; yaxis: Axis },
  traces: Points[],
  layer: Layer,
  ...more: unknown[]
) => void;
/** A selection of d3. */
interface Layer {
  node(): SVGGElement;
}

const isPlain = (value: unknown) =>
  value === undefined || value === 0 || value === '' || value === 'none' || value === 'solid';

function isDrawnAsPicture(points: Points): boolean {
  const { mode = '', visible, selectedpoints, stackgroup, marker } = points[0].trace;
  if (points.length < MANY || visible !== true || !mode.includes('markers') || mode.includes('text') || !marker)
    return false;
  const { maxdisplayed, angle, standoff, gradient, pattern, line } = marker;
  return (
    selectedpoints === undefined &&
    !stackgroup &&
    [maxdisplayed, angle, standoff, gradient?.type, pattern?.shape, pattern?.path, line?.dash].every(isPlain)
  );
}

/** Has the trace module draw such markers so. */
export function drawManyAsPicture(module: { plot: Draw }): void {
  const { plot } = module;
  module.plot = (graph, plotinfo, traces, layer, ...more) => {
    const many = traces.filter(isDrawnAsPicture);
    const modes = many.map(([{ trace }]) => trace.mode);
    for (const [{ trace }] of many) trace.mode = trace.mode!.replace(/\+?markers/, '').replace(/^\+/, '') || 'none';
    try {
      plot(graph, plotinfo, traces, layer, ...more);
    } finally {
      many.forEach(([{ trace }], i) => {
        trace.mode = modes[i];
      });
    }
    for (const points of traces) {
      const group = layer.node().querySelector(`.trace${CSS.escape(points[0].trace.uid)} > .points`);
      group?.querySelector('.dinnb-dots')?.remove();
      if (group && many.includes(points)) group.append(picture(points, plotinfo.xaxis, plotinfo.yaxis));
    }
  };
}

function picture(points: Points, xAxis: Axis, yAxis: Axis): SVGImageElement {
  const [width, height] = [xAxis._length, yAxis._length];
  const canvas = document.createElement('canvas');
  canvas.width = Math.ceil(width * SCALE);
  canvas.height = Math.ceil(height * SCALE);
  const context = canvas.getContext('2d')!;
  draw(context, points, xAxis, yAxis);
  const image = document.createElementNS(SVG, 'image');
  const attributes = { class: 'dinnb-dots', width, height, preserveAspectRatio: 'none', href: canvas.toDataURL() };
  for (const [name, value] of Object.entries(attributes)) image.setAttribute(name, String(value));
  return image;
}

/** As plotly's own `singlePointStyle` (components/drawing). */
function draw(context: CanvasRenderingContext2D, points: Points, xAxis: Axis, yAxis: Axis): void {
  const { marker = {} } = points[0].trace;
  const { markerScale, lineScale, ms2mrc } = Drawing.makePointStyleFns(points[0].trace);
  const usual = Drawing.symbolNumber(marker.symbol) || 0;
  let last: { symbol: number; radius: number; shape: Path2D } | undefined;
  const shapeOf = (symbol: number, radius: number) => {
    if (last?.symbol === symbol && last.radius === radius) return last.shape;
    const dot = symbol >= 200 ? DOT : '';
    last = { symbol, radius, shape: new Path2D(Drawing.symbolFuncs[symbol % 100]!(radius, 0, 0) + dot) };
    return last.shape;
  };
  for (const point of points) {
    const [x, y] = [xAxis.c2p(point.x), yAxis.c2p(point.y)];
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    const radius = ms2mrc(point.ms);
    point.mrc = radius;
    const symbol = point.mx === undefined ? usual : Drawing.symbolNumber(point.mx) || 0;
    // A list that is too short for all points leaves the others plotly's own grey.
    const color = String(
      'mc' in point ? markerScale(point.mc) : typeof marker.color === 'string' ? marker.color : '#444',
    );
    const isOpen = symbol % 200 >= 100;
    const lineWidth = Number(point.mlw ?? (typeof marker.line?.width === 'number' ? marker.line.width : 0));
    const shape = shapeOf(symbol, radius);
    context.setTransform(SCALE, 0, 0, SCALE, x * SCALE, y * SCALE);
    context.globalAlpha = point.mo ?? (typeof marker.opacity === 'number' ? marker.opacity : 1);
    if (!isOpen) {
      context.fillStyle = color;
      context.fill(shape);
    }
    if (isOpen || lineWidth > 0) {
      context.lineWidth = isOpen ? lineWidth || 1 : lineWidth;
      context.strokeStyle = isOpen
        ? color
        : String('mlc' in point ? lineScale(point.mlc) : (marker.line?.color ?? '#444'));
      context.stroke(shape);
    }
  }
}
