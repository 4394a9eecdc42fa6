/** Colours and fonts of the page, in forms that plotly understands. */
export interface Theme {
  dark: boolean;
  highContrast: boolean;
  foreground: string;
  /** Secondary text. */
  muted: string;
  background: string;
  grid: string;
  training: string;
  validation: string;
  font: string;
  hoverBackground: string;
  hoverBorder: string;
}

/** What a theme is read from: CSS variables by name, and words on the page's kind. */
export interface ThemeSource {
  variable(name: string): string;
  /** `vscode-light`, `vscode-dark`, `vscode-high-contrast`, `vscode-high-contrast-light`; empty outside VS Code. */
  kind: string;
  prefersDark: boolean;
  /** CSS font family of the text around. */
  font: string;
}

/** With an alpha of its own, a colour made to lie under text; VS Code's `charts.orange` is one in its newer themes. */
const isTranslucent = (color: string) => /^#([0-9a-f]{4}|[0-9a-f]{8})$|^(rgb|hsl)a?\(([^,/]*,){3}|\//i.test(color);

const PLAIN_COLOR = /^(#[0-9a-f]{3,8}|rgba?\([\d\s.,%/]+\)|hsla?\([\d\s.,%/deg]+\))$/i;

export function themeFrom(source: ThemeSource): Theme {
  const lineColor = (fallback: string, name: string): string => {
    const found = color(fallback, name);
    return isTranslucent(found) ? fallback : found;
  };
  const color = (fallback: string, ...names: string[]): string => {
    for (const name of names) {
      const value = source.variable(name).trim();
      if (PLAIN_COLOR.test(value)) return value;
    }
    return fallback;
  };
  const dark = source.kind === '' ? source.prefersDark : /dark|high-contrast$/.test(source.kind);
  const highContrast = source.kind.includes('high-contrast');
  const foreground = color(dark ? '#d4d4d4' : '#262626', '--vscode-foreground', '--vscode-editor-foreground');
  return {
    dark,
    highContrast,
    foreground,
    muted: highContrast ? foreground : color(dark ? '#9d9d9d' : '#616161', '--vscode-descriptionForeground'),
    background: color(
      dark ? '#1e1e1e' : '#ffffff',
      '--vscode-notebook-outputContainerBackgroundColor',
      '--vscode-editor-background',
    ),
    grid: highContrast ? foreground : dark ? 'rgba(255, 255, 255, 0.11)' : 'rgba(0, 0, 0, 0.09)',
    training: lineColor(dark ? '#4fa3f7' : '#1a6fd0', '--vscode-charts-blue'),
    validation: lineColor(dark ? '#f0a04b' : '#c8600a', '--vscode-charts-orange'),
    font: source.font || 'system-ui, sans-serif',
    hoverBackground: color(dark ? '#252526' : '#f8f8f8', '--vscode-editorHoverWidget-background'),
    hoverBorder: color(dark ? '#454545' : '#c8c8c8', '--vscode-contrastBorder', '--vscode-editorHoverWidget-border'),
  };
}

function kindOf(body: HTMLElement): string {
  const declared = body.dataset.vscodeThemeKind;
  if (declared) return declared;
  return (
    ['vscode-high-contrast-light', 'vscode-high-contrast', 'vscode-dark', 'vscode-light'].find((name) =>
      body.classList.contains(name),
    ) ?? ''
  );
}

export function readTheme(element: Element): Theme {
  const style = getComputedStyle(element);
  return themeFrom({
    variable: (name) => style.getPropertyValue(name),
    kind: kindOf(document.body),
    prefersDark: matchMedia('(prefers-color-scheme: dark)').matches,
    font: style.fontFamily,
  });
}

/** Calls back when the page's theme changes: VS Code swaps classes and variables, a browser its colour scheme. */
export function onThemeChange(callback: () => void): () => void {
  const observer = new MutationObserver(callback);
  observer.observe(document.body, {
    attributes: true,
    attributeFilter: ['class', 'data-vscode-theme-kind', 'data-vscode-theme-id'],
  });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  scheme.addEventListener('change', callback);
  return () => {
    observer.disconnect();
    scheme.removeEventListener('change', callback);
  };
}
