/** A terminal's 16 colours in the page's own; black and white are the text's colour unless they lie on a background. */
const ANSI = {
  red: 'var(--red)',
  green: 'var(--vscode-charts-green)',
  yellow: 'var(--vscode-charts-orange)',
  blue: 'var(--vscode-charts-blue)',
  magenta: 'var(--magenta)',
  cyan: 'var(--t-type)',
};
const ANSI_STYLE = [
  ...Object.entries(ANSI).flatMap(([name, color]) => [
    `.ansi-on-${name}, .ansi-on-bright-${name} { background: ${color}; color: var(--page); }`,
    `.ansi-${name}, .ansi-bright-${name} { color: ${color}; }`,
  ]),
  '.ansi-on-black { background: #000; color: #fff; } .ansi-on-bright-black { background: #555; color: #fff; }',
  '.ansi-on-white { background: #e5e5e5; color: #000; } .ansi-on-bright-white { background: #fff; color: #000; }',
  '.ansi-bright-black { color: var(--quiet); }',
  '[class*=ansi-on-].ansi-black, [style*=background].ansi-black { color: #000; }',
  '[class*=ansi-on-].ansi-white, [class*=ansi-on-].ansi-bright-white, [style*=background].ansi-white { color: #fff; }',
  '.ansi-on-text { background: var(--vscode-foreground); } .ansi-page { color: var(--page); }',
].join('\n');

/** The report's looks. The editor's variables are defined here too, because the renderers draw with them. */
export const STYLE = `
:root { color-scheme: light dark; --page: #ffffff; --code: #f6f7f9; --line: #dfe2e7; --quiet: #636b76; --link: #0b62c4;
  --red: #b3261e; --magenta: #8a3ba0; --error: #fdf1f0; --warn: #fff8e6;
  --t-comment: #5c7a53; --t-string: #9a3f1d; --t-number: #0b6e5c; --t-keyword: #1f4fc0; --t-literal: #1f4fc0; --t-call: #6b4c00; --t-type: #17687a;
  --vscode-foreground: #22262c; --vscode-editor-background: #ffffff; --vscode-descriptionForeground: #636b76;
  --vscode-charts-blue: #1a6fd0; --vscode-charts-orange: #c8600a; --vscode-charts-green: #2e7d32; --vscode-charts-red: #c62828;
  --vscode-focusBorder: #0b62c4; --vscode-editorHoverWidget-background: #fafbfc; --vscode-editorHoverWidget-border: #c6cbd2;
  --vscode-font-family: system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif; }
@media (prefers-color-scheme: dark) { :root { --page: #181a1d; --code: #202327; --line: #353a41; --quiet: #9aa2ad; --link: #6cb0ff;
  --red: #ff8a80; --magenta: #d08be0; --error: #2c1d1d; --warn: #2a2618;
  --t-comment: #83a878; --t-string: #e0a27e; --t-number: #8fd3c1; --t-keyword: #7fb0ff; --t-literal: #7fb0ff; --t-call: #e3cf8e; --t-type: #6fcbdc;
  --vscode-foreground: #d9dce1; --vscode-editor-background: #181a1d; --vscode-descriptionForeground: #9aa2ad;
  --vscode-charts-blue: #4fa3f7; --vscode-charts-orange: #f0a04b; --vscode-charts-green: #7bc67e; --vscode-charts-red: #ff8a80;
  --vscode-focusBorder: #6cb0ff; --vscode-editorHoverWidget-background: #24272c; --vscode-editorHoverWidget-border: #454b54; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--vscode-foreground); font: 16px/1.6 var(--vscode-font-family); }
main { max-width: 1120px; margin: 0 auto; padding: 28px 24px 64px; }
header { margin: 0 0 20px 76px; padding-bottom: 14px; border-bottom: 1px solid var(--line); }
h1, h2, h3, h4 { line-height: 1.25; margin: 1.5em 0 .5em; }
h1 { font-size: 1.9em; margin-top: .3em; } h2 { font-size: 1.4em; } h3 { font-size: 1.15em; }
a { color: var(--link); }
header .about { color: var(--quiet); font-size: .875em; margin: 0; }
header details { font-size: .875em; margin-top: 6px; color: var(--quiet); }
header table { border-collapse: collapse; margin-top: 4px; }
header th, header td { text-align: left; font-weight: 400; padding: 1px 18px 1px 0; vertical-align: top; overflow-wrap: anywhere; }
header td { color: var(--vscode-foreground); font-variant-numeric: tabular-nums; }
summary { cursor: pointer; } .fold summary { color: var(--quiet); font-size: .875em; padding: 8px 0; }
.outline { margin: 0 0 20px 76px; font-size: .9375em; } .outline ul { list-style: none; margin: 4px 0 0; padding: 0; }
.outline .level-2 { padding-left: 1em; } .outline .level-3 { padding-left: 2em; }
.cell { margin: 14px 0; }
.markdown { max-width: 74ch; overflow-wrap: break-word; }
.cell.markdown { margin-left: 76px; }
.markdown > :first-child { margin-top: 0; } .markdown > :last-child { margin-bottom: 0; }
.markdown pre, .markdown :not(pre) > code { background: var(--code); border-radius: 4px; }
.markdown pre { padding: 10px 14px; overflow-x: auto; } .markdown :not(pre) > code { padding: 1px 4px; }
.markdown img { max-width: 100%; }
.markdown blockquote { margin: 1em 0; padding-left: 14px; border-left: 3px solid var(--line); color: var(--quiet); }
.markdown table { border-collapse: collapse; font-size: .9375em; }
.markdown th, .markdown td { padding: 4px 12px; border-bottom: 1px solid var(--line); text-align: left; }
.code-cell { display: grid; grid-template-columns: 76px minmax(0, 1fr); }
.gutter { color: var(--quiet); font: 12px/1.5 ui-monospace, 'Cascadia Code', Menlo, Consolas, monospace; padding: 11px 12px 0 0; text-align: right; }
.gutter .time { display: block; font-size: 11px; white-space: nowrap; }
pre, code { font: 13px/1.5 ui-monospace, 'Cascadia Code', Menlo, Consolas, monospace; }
pre.code { margin: 0; padding: 10px 14px; background: var(--code); border: 1px solid var(--line); border-radius: 6px; overflow-x: auto; tab-size: 2; }
.tags { position: absolute; top: 8px; right: 10px; } .content { position: relative; }
.tag { font-size: 11px; color: var(--quiet); border: 1px solid var(--line); border-radius: 9px; padding: 1px 8px; margin-left: 5px; background: var(--page); }
.outputs > * { margin: 8px 0; } .outputs pre { overflow: auto; max-height: 480px; padding: 2px 14px; }
pre.stderr { background: var(--warn); border-radius: 4px; }
.error { background: var(--error); border-left: 3px solid var(--red); border-radius: 0 4px 4px 0; padding: 4px 0; }
.error pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; } .error-head { color: var(--red); font-weight: 600; }
.outputs > .markdown { padding: 0 14px; }
.rich-static { padding: 0 14px; } .figure { max-width: 100%; height: auto; display: block; }
table.data { border-collapse: collapse; font-size: .875em; } table.data th, table.data td { padding: 2px 12px 2px 0; text-align: left; border-bottom: 1px solid var(--line); }
.rich-static details { font-size: .8125em; color: var(--quiet); }
iframe.html { width: 100%; height: 60px; border: 0; color-scheme: light dark; }
.note { color: var(--quiet); font-size: .875em; }
.t-comment { color: var(--t-comment); font-style: italic; } .t-string { color: var(--t-string); } .t-number { color: var(--t-number); }
.t-keyword { color: var(--t-keyword); } .t-literal { color: var(--t-literal); } .t-call { color: var(--t-call); } .t-type { color: var(--t-type); }
.ansi-bold { font-weight: 700; } .ansi-dim { opacity: .7; } .ansi-italic { font-style: italic; } .ansi-hidden { visibility: hidden; }
.ansi-underline { text-decoration: underline; } .ansi-strikethrough { text-decoration: line-through; } .ansi-overline { text-decoration: overline; }
${ANSI_STYLE}
[hidden] { display: none !important; }
@media (max-width: 700px) { main { padding: 16px 12px 40px; } header, .outline, .cell.markdown { margin-left: 0; }
  .code-cell { display: block; } .gutter { text-align: left; padding: 0 0 2px; } .gutter .time { display: inline; margin-left: 8px; } }
@media print { .outline { display: none; } main { max-width: none; padding: 0; } .outputs pre { max-height: none; white-space: pre-wrap; }
  pre.code { white-space: pre-wrap; } .rich, .figure { break-inside: avoid; } h1, h2, h3 { break-after: avoid; } }
`;
