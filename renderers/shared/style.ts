/** Styles of all renderers, in the editor's own variables; the HTML report defines the same variables. */
const CSS = `
.dinnb { color: var(--vscode-foreground, CanvasText); font: 13px/1.45 var(--vscode-font-family, system-ui, sans-serif);
  padding: 8px 12px 10px; box-sizing: border-box; max-width: 1320px; }
.dinnb *, .dinnb *::before { box-sizing: border-box; }
.dinnb h2 { display: inline; font-size: 15px; font-weight: 600; margin: 0 10px 0 0; overflow-wrap: anywhere; }
.dinnb-facts { color: var(--vscode-descriptionForeground, GrayText); margin: 1px 0 8px; font-variant-numeric: tabular-nums; }
.dinnb-facts span + span::before { content: "·"; margin: 0 .5em; }
.dinnb-state { font-size: 12px; font-weight: 600; }
.dinnb-state::before { content: ""; display: inline-block; width: 8px; height: 8px; border-radius: 50%; margin-right: 5px;
  background: currentColor; }
.dinnb-state[data-state=running] { color: var(--vscode-charts-blue, #1a6fd0); }
.dinnb-state[data-state=done] { color: var(--vscode-charts-green, #388a34); }
.dinnb-state[data-state=interrupted] { color: var(--dinnb-validation, #c8600a); }
.dinnb-state[data-state=failed] { color: var(--vscode-charts-red, #d13438); }
.vscode-high-contrast .dinnb-state, .vscode-high-contrast-light .dinnb-state { color: inherit !important; }
.dinnb progress { appearance: none; display: block; width: 100%; height: 3px; border: 0; margin: 0 0 8px; border-radius: 2px;
  overflow: hidden; background: color-mix(in srgb, currentColor 14%, transparent); }
.dinnb progress::-webkit-progress-bar { background: transparent; }
.dinnb progress::-webkit-progress-value { background: var(--vscode-charts-blue, #1a6fd0); transition: width .15s linear; }
.dinnb progress::-moz-progress-bar { background: var(--vscode-charts-blue, #1a6fd0); }
.dinnb progress[hidden] { display: none; }
.dinnb-bar { display: flex; flex-wrap: wrap; align-items: center; gap: 5px 18px; font-size: 12px; margin-bottom: 4px; }
.dinnb-bar:empty { display: none; }
.dinnb-group { display: inline-flex; flex-wrap: wrap; gap: 3px 11px; align-items: center; min-width: 0; }
.dinnb-check, .dinnb-choice, .dinnb-key { display: inline-flex; align-items: center; gap: 5px; min-width: 0; } .dinnb-key svg { flex: none; }
.dinnb-check { cursor: pointer; }
.dinnb-check input { margin: 0; accent-color: var(--vscode-charts-blue, #1a6fd0); }
.dinnb-choice > span:first-child { color: var(--vscode-descriptionForeground, GrayText); }
.dinnb-segments { display: inline-flex; border: 1px solid color-mix(in srgb, currentColor 26%, transparent); border-radius: 4px; }
.dinnb-segments label { position: relative; cursor: pointer; }
.dinnb-segments label + label { border-left: 1px solid color-mix(in srgb, currentColor 26%, transparent); }
.dinnb-segments input { position: absolute; inset: 0; margin: 0; opacity: 0; cursor: pointer; }
.dinnb-segments span { display: block; padding: 1px 9px; border-radius: 3px; }
.dinnb-segments input:checked + span { background: color-mix(in srgb, currentColor 15%, transparent); font-weight: 600; }
.dinnb-segments input:focus-visible + span, .dinnb button:focus-visible, .dinnb-plot:focus-visible, .dinnb-check input:focus-visible,
.dinnb summary:focus-visible, .dinnb-scroll:focus-visible, .dinnb input[type=range]:focus-visible {
  outline: 2px solid var(--vscode-focusBorder, Highlight); outline-offset: 1px; }
.vscode-high-contrast .dinnb-segments input:checked + span, .vscode-high-contrast-light .dinnb-segments input:checked + span {
  outline: 1px solid currentColor; outline-offset: -2px; }
.dinnb button { font: inherit; color: inherit; background: transparent; padding: 1px 9px; border-radius: 4px; cursor: pointer;
  border: 1px solid color-mix(in srgb, currentColor 26%, transparent); }
.dinnb button:hover:enabled { background: color-mix(in srgb, currentColor 9%, transparent); }
.dinnb button:disabled { opacity: .45; cursor: default; }
.dinnb input[type=range] { width: 84px; margin: 0; accent-color: var(--vscode-charts-blue, #1a6fd0); }
.dinnb-key svg { display: block; }
.dinnb-ramp { display: inline-block; width: 150px; height: 10px; border-radius: 2px; }
.dinnb-pad { display: inline-block; width: 22px; height: 12px; border: 1px dashed currentColor; border-radius: 2px; opacity: .6; }
.dinnb-plot { border-radius: 3px; }
.dinnb-scroller { overflow: auto; max-height: 720px; }
.dinnb-note { color: var(--vscode-descriptionForeground, GrayText); font-size: 12px; min-height: 1.45em; }
.dinnb details { font-size: 12px; margin-top: 2px; }
.dinnb summary { cursor: pointer; width: fit-content; color: var(--vscode-descriptionForeground, GrayText); }
.dinnb-scroll { overflow: auto; max-height: 360px; margin-top: 4px; }
.dinnb table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.dinnb th, .dinnb td { padding: 2px 10px; text-align: right; white-space: nowrap; border: 0;
  border-bottom: 1px solid color-mix(in srgb, currentColor 12%, transparent); font-weight: 400; background: none; }
.dinnb thead th { font-weight: 600; }
.dinnb-table table { min-width: 0; } .dinnb-table .dinnb-scroller { max-height: 560px; width: fit-content; max-width: 100%; }
.dinnb-table td { text-align: left; max-width: 420px; overflow: hidden; text-overflow: ellipsis; } .dinnb-table td.dinnb-number { text-align: right; }
.dinnb-table tbody th { color: var(--vscode-descriptionForeground, GrayText); }
.dinnb-table thead th { position: sticky; top: 0; text-align: left; padding: 0; background: var(--vscode-editor-background, Canvas); }
.dinnb-table thead button { display: block; width: 100%; border: 0; border-radius: 0; text-align: left; padding: 3px 10px; font-weight: 600; }
.dinnb-table thead small { display: block; font-weight: 400; color: var(--vscode-descriptionForeground, GrayText); }
.dinnb-table [aria-sort=ascending] button::after { content: "▲"; } .dinnb-table [aria-sort=descending] button::after { content: "▼"; }
.dinnb-table [aria-sort] button { position: relative; padding-right: 24px; } .dinnb-table [aria-sort] button::after { position: absolute; right: 8px; top: 4px; font-size: 10px; }
.dinnb-table-size { font-weight: 600; }
.dinnb input[type=search] { font: inherit; color: var(--vscode-input-foreground, inherit); background: var(--vscode-input-background, transparent);
  border: 1px solid color-mix(in srgb, currentColor 40%, transparent); border-radius: 3px; padding: 2px 6px; width: 200px; }
.dinnb input[type=search]:focus-visible, .dinnb-scroller:focus-visible { outline: 2px solid var(--vscode-focusBorder, Highlight); outline-offset: -1px; }
.dinnb-json { font-family: var(--vscode-editor-font-family, ui-monospace, Menlo, Consolas, monospace); overflow-wrap: anywhere; }
.dinnb-json details { font-size: inherit; margin: 0; } .dinnb-json details > :not(summary) { margin-left: 18px; }
.dinnb-json summary { color: inherit; } .dinnb-json-leaf { padding-left: 1em; }
.dinnb-json-name { font-weight: 600; } .dinnb-json-sum, .dinnb-json-null { color: var(--vscode-descriptionForeground, GrayText); }
.dinnb-json-string { color: var(--vscode-debugTokenExpression-string, inherit); } .dinnb-json-number { color: var(--vscode-debugTokenExpression-number, inherit); }
.dinnb-json-boolean { color: var(--vscode-debugTokenExpression-boolean, inherit); }
.dinnb-variables { display: flex; flex-wrap: wrap; gap: 0 12px; align-items: flex-start; }
.dinnb-variables > div { flex: 1 1 420px; min-width: 0; } .dinnb-variables-detail { flex: 1 1 420px; min-width: 0; }
.dinnb-variables-detail[hidden] { display: none; } .dinnb-variables-detail pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 4px 0;
  font: var(--vscode-editor-font-size, 13px)/1.45 var(--vscode-editor-font-family, monospace); }
.dinnb-variables .dinnb { padding: 4px 6px; } .dinnb-variables .dinnb-scroller { max-height: none; }
.dinnb-variables-list tbody button { border: 0; padding: 0; text-decoration: underline; color: var(--vscode-textLink-foreground, LinkText); }
.dinnb-parameters { border-left: 3px solid var(--vscode-charts-blue, #1a6fd0); padding: 6px 12px; } .dinnb-parameters[hidden] { display: none; }
.dinnb-parameters-rows { display: grid; grid-template-columns: max-content minmax(0, max-content) minmax(0, 1fr); gap: 5px 12px; align-items: center; margin-bottom: 8px; }
.dinnb-parameter { display: contents; } .dinnb-parameter label { font-family: var(--vscode-editor-font-family, monospace); overflow-wrap: anywhere; }
.dinnb-changed label { font-weight: 700; } .dinnb-about { color: var(--vscode-descriptionForeground, GrayText); font-size: 12px; overflow-wrap: anywhere; }
.dinnb-problem { grid-column: 2 / -1; color: var(--vscode-errorForeground, #c4272b); font-size: 12px; } .dinnb-problem:empty { display: none; }
.dinnb-parameters input[type=text], .dinnb-parameters textarea, .dinnb-parameters select { font: inherit; color: var(--vscode-input-foreground, inherit); background: var(--vscode-input-background, transparent);
  border: 1px solid color-mix(in srgb, currentColor 45%, transparent); border-radius: 3px; padding: 2px 6px; width: 170px; max-width: 100%; }
.dinnb-parameters option { color: var(--vscode-input-foreground, CanvasText); background: var(--vscode-input-background, Canvas); }
.dinnb-parameters textarea { width: 340px; vertical-align: middle; } .dinnb-parameters input[inputmode=decimal] { width: 90px; } .dinnb-parameters input[type=checkbox] { margin: 2px; accent-color: var(--vscode-charts-blue, #1a6fd0); }
.dinnb-parameters [aria-invalid=true] { border-color: var(--vscode-errorForeground, #c4272b); }
.dinnb-parameters input:focus-visible, .dinnb-parameters textarea:focus-visible, .dinnb-parameters select:focus-visible { outline: 2px solid var(--vscode-focusBorder, Highlight); outline-offset: 1px; }
.dinnb button.dinnb-primary { color: var(--vscode-button-foreground, inherit); background: var(--vscode-button-background, transparent); padding: 3px 11px; }
.dinnb button.dinnb-primary:hover:enabled { background: var(--vscode-button-hoverBackground, transparent); }
@media (max-width: 640px) { .dinnb-parameters-rows { grid-template-columns: minmax(0, 1fr); gap: 2px; } .dinnb-problem { grid-column: 1; } .dinnb-about { margin-bottom: 6px; } }
.dinnb-attention th, .dinnb-attention td { text-align: left; }
.dinnb-plot[hidden] { display: none; }
.dinnb-bar { min-height: 0; width: 100%; }
.dinnb-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.dinnb-error { border-left: 3px solid var(--vscode-charts-red, #d13438); padding: 4px 10px; white-space: pre-wrap; }
@media (prefers-reduced-motion: reduce) { .dinnb progress::-webkit-progress-value { transition: none; } }
@media print { .dinnb-bar button, .dinnb-bar .dinnb-controls, .dinnb details:not([open]) { display: none; }
  .dinnb-scroller { max-height: none; overflow: visible; } .dinnb { break-inside: avoid; } }
`;

const ID = 'dinnb-style';

/** Puts the styles into the page, once. */
export function ensureStyle(): void {
  if (document.getElementById(ID)) return;
  const style = document.createElement('style');
  style.id = ID;
  style.textContent = CSS;
  document.head.append(style);
}
