import { describe, expect, it } from 'vitest';
import { drawnFigure, plotlyPicture, plotlySummary, plotlyTable, titleOf } from '../../../renderers/plotly/figure';
import { parsePlotlyFigure, TRACE_TYPES } from '../../../renderers/plotly/parse';
import { themeFrom } from '../../../renderers/shared/theme';

const theme = themeFrom({ variable: () => '', kind: 'vscode-dark', prefersDark: true, font: 'sans-serif' });
const scatter = (rest: object = {}) => ({ data: [{ x: [1, 2], y: [3, 4], ...rest }] });
const REMOTE = 'https://evil.example/x.png';

describe('parsePlotlyFigure', () => {
  it('takes figures as plotly’s libraries write them: a type may be missing, and one may go by another name', () => {
    expect(parsePlotlyFigure(scatter()).data[0]).toEqual({ type: 'scatter', x: [1, 2], y: [3, 4] });
    expect(parsePlotlyFigure(scatter({ type: 'scattergl' })).data[0]!.type).toBe('scatter');
    expect(parsePlotlyFigure({ data: [], layout: null, frames: [] })).toEqual({ data: [], layout: {} });
    for (const type of TRACE_TYPES) expect(parsePlotlyFigure({ data: [{ type }] }).data[0]!.type).toBe(type);
  });

  it.each([
    [null, 'figure must be an object'],
    [{}, 'figure.data must be an array'],
    [{ data: {} }, 'figure.data must be an array'],
    [{ data: [3] }, 'figure.data[0] must be an object'],
    [{ data: [], layout: [] }, 'figure.layout must be an object'],
    [{ data: [{ type: 'sankey' }] }, 'figure.data[0] is of type "sankey". Types that are drawn here: scatter, bar,'],
    [{ data: [{ type: 7 }] }, 'figure.data[0].type must be a text'],
  ])('says what is wrong with %j', (value, message) => {
    expect(() => parsePlotlyFigure(value)).toThrow(message);
  });

  it('refuses what would freeze the page, and says what to do', () => {
    const z = Array.from({ length: 1000 }, () => Array(2001).fill(0));
    expect(() => parsePlotlyFigure({ data: [{ type: 'heatmap', z }] })).toThrow(
      /2,001,00\d values, more than can be drawn \(2,000,000\)/,
    );
    let deep: object = {};
    for (let level = 0; level < 100; level++) deep = { deep };
    expect(() => parsePlotlyFigure({ data: [], layout: deep })).toThrow('nested deeper');
  });

  it('leaves nothing that is fetched from elsewhere', () => {
    const figure = {
      data: [
        {
          type: 'scatter',
          x: [1],
          y: [2],
          text: [`<span style="cursor:url(${REMOTE}),auto;color:red">a</span>`],
          hovertemplate: `<b style='filter:&#117;rl(${REMOTE}#a)'>b</b><i style=mask:url(${REMOTE})>c</i>`,
        },
      ],
      layout: {
        title: { text: `<span style="cur\\73or:u\\72l(${REMOTE})">t</span>` },
        images: [{ source: REMOTE }, { source: '//evil.example/y' }, { source: 'data:image/png;base64,AA==' }],
        template: { layout: { images: [{ source: REMOTE }] } },
        updatemenus: [
          { buttons: [{ method: 'relayout', args: [{ 'images[0].source': REMOTE }] }] },
          { buttons: [{ method: 'relayout', args: ['images[0].source', REMOTE], args2: ['title', 'plain'] }] },
        ],
        sliders: [{ steps: [{ method: 'relayout', args: ['images[0].source', '//evil.example/z'] }] }],
      },
      config: { plotlyServerURL: REMOTE },
    };
    const text = JSON.stringify(parsePlotlyFigure(figure));
    expect(text).not.toContain('evil');
    expect(text).toContain('data:image/png;base64,AA==');
    expect(text).toContain('style=\\"color:red\\"');
    expect(text).toContain('plain');
  });

  it('keeps names that are addresses where they are only shown', () => {
    const [trace] = parsePlotlyFigure({ data: [{ type: 'bar', x: ['https://a.org', '//b'], y: [1, 2] }] }).data;
    expect(trace!.x).toEqual(['https://a.org', '//b']);
  });

  it('reaches no prototype', () => {
    const figure = parsePlotlyFigure(
      JSON.parse('{"data":[{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}]}'),
    );
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect(figure.data).toEqual([{ type: 'scatter' }]);
  });
});

describe('drawnFigure', () => {
  it('takes the page’s look and width, and keeps what the figure brings', () => {
    const plain = drawnFigure(parsePlotlyFigure(scatter()), theme, 900);
    expect(plain.layout).toMatchObject({
      width: 900,
      height: 420,
      template: { layout: { font: { color: '#d4d4d4' } } },
    });
    const own = { data: [], layout: { width: 300, height: 200, template: { layout: { font: { color: 'red' } } } } };
    expect(drawnFigure(parsePlotlyFigure(own), theme, 900).layout).toMatchObject(own.layout);
  });

  it.each([Number.NaN, -5, 1e12, '100', null, undefined])('gives a size of %s bounds', (size) => {
    const { layout } = drawnFigure(parsePlotlyFigure({ data: [], layout: { width: size, height: size } }), theme, 900);
    expect(layout.width).toBeGreaterThanOrEqual(80);
    expect(layout.width).toBeLessThanOrEqual(8000);
    expect(layout.height).toBeLessThanOrEqual(4000);
  });

  it('gives plotly copies to write in, without copying long lists', () => {
    const figure = parsePlotlyFigure(scatter({ marker: { color: 'red' } }));
    const drawn = drawnFigure(figure, theme, 900).data[0] as unknown as { x: unknown; marker: { color: string } };
    drawn.marker.color = 'blue';
    expect((figure.data[0]!.marker as { color: string }).color).toBe('red');
    expect(drawn.x).toBe(figure.data[0]!.x);
  });

  it('saves on white what has no look of its own', () => {
    expect(plotlyPicture(parsePlotlyFigure(scatter()), theme, 500).layout.paper_bgcolor).toBe('#1e1e1e');
    const own = parsePlotlyFigure({ data: [], layout: { template: {}, paper_bgcolor: 'pink' } });
    expect(plotlyPicture(own, theme, 500).layout.paper_bgcolor).toBe('pink');
  });
});

describe('words for a figure', () => {
  it('a title, the traces, and the values', () => {
    const figure = parsePlotlyFigure({
      data: [{ type: 'bar', name: 'a', x: ['p', null], y: [1.5, { odd: 1 }] }, { y: Array(1500).fill(2) }],
      layout: { title: { text: '<b>Clicks</b> by<br>day' } },
    });
    expect(titleOf(figure)).toBe('Clicks by day');
    expect(plotlySummary(figure)).toBe('Clicks by day: bar a, scatter.');
    const table = plotlyTable(figure);
    expect(table.head).toEqual(['trace', 'x', 'y']);
    expect(table.rows.slice(0, 3)).toEqual([
      ['a', 'p', '1.5'],
      ['a', '', '{"odd":1}'],
      ['scatter 2', '', '2'],
    ]);
    expect(table).toMatchObject({ left: 500 });
    expect(table.rows).toHaveLength(1002);
  });
});
