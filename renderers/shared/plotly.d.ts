/** The parts of plotly.js that the renderers use; it ships no types of its own. */
declare module 'plotly.js/lib/core' {
  export interface PlotlyStatic {
    register(modules: unknown[]): void;
    react(element: HTMLElement, data: object[], layout: object, config?: object): Promise<unknown>;
    relayout(element: HTMLElement, change: object): Promise<unknown>;
    downloadImage(figure: object, options: { format: string; scale: number; filename: string }): Promise<unknown>;
    purge(element: HTMLElement): void;
    Fx: {
      hover(
        element: HTMLElement,
        points: { curveNumber: number; pointNumber: number | number[] }[],
        subplot?: string,
      ): void;
      unhover(element: HTMLElement): void;
    };
  }
  const plotly: PlotlyStatic;
  export default plotly;
}
declare module 'plotly.js/src/components/drawing' {
  const drawing: {
    /** By number. */
    symbolFuncs: ((radius: number, angle: number, standoff: number) => string)[];
    symbolNumber(symbol: unknown): number | undefined;
    makePointStyleFns(trace: object): {
      markerScale(value: unknown): unknown;
      lineScale(value: unknown): unknown;
      /** Radius by the point's own size. */
      ms2mrc(size: number | undefined): number;
    };
  };
  export default drawing;
}
declare module 'plotly.js/lib/scatter' {
  // biome-ignore lint/suspicious/noExplicitAny: what plotly hands over is its own
  const scatter: { plot: (...given: any[]) => void };
  export default scatter;
}
declare module 'plotly.js/lib/*' {
  const module: unknown;
  export default module;
}
