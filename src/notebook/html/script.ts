/**
 * Runs in the report: gives each rich output to the renderer module, as the editor would, and leaves the static picture
 * where that fails. The module is text in the page, imported through a blob URL, because a file has no network.
 */
export const SCRIPT = `
const read = (id) => JSON.parse(document.getElementById(id).textContent);
const loaded = (async () => {
  const url = URL.createObjectURL(new Blob([read('dinnb-renderers')], { type: 'text/javascript' }));
  const module = await import(url);
  URL.revokeObjectURL(url);
  let state;
  return module.activate({ getState: () => state, setState: (next) => { state = next; }, workspace: { isTrusted: false } });
})();
async function draw(rich) {
  const number = rich.dataset.item;
  const mime = read('dinnb-items')[number];
  const text = document.getElementById('dinnb-item-' + number).textContent;
  const bytes = () => new TextEncoder().encode(text);
  const item = { id: 'item-' + number, mime, metadata: {}, text: () => text, json: () => JSON.parse(text),
    data: bytes, blob: () => new Blob([text], { type: mime }) };
  const api = await loaded;
  const [live, still] = rich.children;
  live.hidden = false;
  try {
    await api.renderOutputItem(item, live, new AbortController().signal);
    still.hidden = true;
    live.dataset.drawn = 'true';
  } catch (error) {
    live.hidden = true;
    console.error(error);
  }
}
for (const rich of document.querySelectorAll('.rich')) draw(rich).catch((error) => console.error(error));
`;

/** Sizes the frames of HTML outputs by what they report, having asked them; anything else that arrives is ignored. */
export const FRAME_SCRIPT = `
addEventListener('message', (event) => {
  const height = event.data?.dinnbFrameHeight;
  if (typeof height !== 'number' || !(height >= 0)) return;
  for (const frame of document.querySelectorAll('iframe.html')) {
    if (frame.contentWindow === event.source) frame.style.height = Math.min(4000, Math.ceil(height) + 2) + 'px';
  }
});
for (const frame of document.querySelectorAll('iframe.html')) frame.contentWindow.postMessage('how high?', '*');
`;
