import { escapeHtml } from '../../base/escape';

/**
 * Tells the page how high the content is: a sandboxed frame of another origin cannot be measured from outside. Told
 * again when the page asks: a frame that was ready before the page's script has told nobody.
 */
const REPORT_HEIGHT = `<script>(() => {
const tell = () => parent.postMessage({ dinnbFrameHeight: document.documentElement.offsetHeight }, '*');
new ResizeObserver(tell).observe(document.documentElement); addEventListener('message', tell); tell();
})()</script>`;

const STYLE =
  '<style>:root{color-scheme:light dark}html{font:13px/1.45 system-ui,sans-serif}body{margin:0;overflow-x:auto}' +
  'table{border-collapse:collapse}td,th{padding:2px 8px;text-align:right}</style>';

/**
 * Somebody's HTML in a frame of its own: scripts in it run without the page's origin, its storage or its document, and
 * under the page's content policy, which it inherits: nothing loads, connects or navigates. That is not the same as "no
 * network": a script can still open a WebRTC connection, which no browser lets a page forbid (the policy's `webrtc`
 * directive is specified, and Chromium 156 answers "Unrecognized").
 */
export function htmlFrame(html: string): string {
  const content = `<!doctype html><meta charset="utf-8">${STYLE}${html}${REPORT_HEIGHT}`;
  return `<iframe class="html" sandbox="allow-scripts" title="HTML output" srcdoc="${escapeHtml(content)}"></iframe>`;
}
