/** Where a panel's plotting area lies, as fractions of the figure, and which axes are its own. */
export interface Panel {
  /** `''` for the first panel, then `2`, `3`, ...: how plotly numbers axes. */
  suffix: string;
  x: [left: number, right: number];
  y: [bottom: number, top: number];
  /** Pixels. */
  width: number;
  /** Nothing stands below: the place for the axis' name. */
  lowest: boolean;
}

const NARROWEST = 290;
const SPACE = { left: 48, right: 14, top: 26, bottom: 40 };

/**
 * Arranges `count` panels in a figure of `width` pixels: as many a row as fit, rows evenly filled (four panels are
 * two rows of two rather than three and one).
 */
export function placePanels(count: number, width: number): { panels: Panel[]; height: number } {
  if (count === 0) return { panels: [], height: 40 };
  const fitting = Math.max(1, Math.min(count, 4, Math.floor(width / NARROWEST)));
  const rows = Math.ceil(count / fitting);
  const columns = Math.ceil(count / rows);
  const panelWidth = width / columns;
  const panelHeight = Math.round(Math.max(210, Math.min(300, panelWidth * 0.62)));
  const height = rows * panelHeight;
  const panels = Array.from({ length: count }, (_, index): Panel => {
    const left = (index % columns) * panelWidth;
    const top = Math.floor(index / columns) * panelHeight;
    return {
      suffix: index === 0 ? '' : String(index + 1),
      x: [(left + SPACE.left) / width, (left + panelWidth - SPACE.right) / width],
      y: [1 - (top + panelHeight - SPACE.bottom) / height, 1 - (top + SPACE.top) / height],
      width: panelWidth - SPACE.left - SPACE.right,
      lowest: index + columns >= count,
    };
  });
  return { panels, height };
}
