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
declare module 'plotly.js/lib/*' {
  const module: unknown;
  export default module;
}
