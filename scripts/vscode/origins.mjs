// Loaded into VS Code's server before it starts (node --import): webviews get an origin of their own.
//
// As code-server ships it, webviews share the workbench's origin, and a script in the output of a notebook that is only opened reads files
// and owns the terminal. Here the page says that webviews are served from elsewhere, and nothing that the server sends can be used by pages
// of another origin.
import { ServerResponse } from 'node:http';

const VARIABLE = 'DINNB_WEBVIEWS';
const webviews = process.env[VARIABLE];
// No business of the processes that the server starts.
delete process.env[VARIABLE];
process.execArgv = [];
if (webviews) serveElsewhere(webviews);

function serveElsewhere(endpoint) {
  const { writeHead, end } = ServerResponse.prototype;
  const POLICY = 'Content-Security-Policy';
  ServerResponse.prototype.writeHead = function (...args) {
    const headers = args.at(-1);
    this.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
    if (headers?.[POLICY]?.includes('frame-src'))
      headers[POLICY] = replaced(
        headers[POLICY],
        /(?<=frame-src 'self') [^;]*/,
        ` ${new URL(endpoint.replace('{{uuid}}', 'any')).origin.replace('any', '*')} data:`,
      );
    return writeHead.apply(this, args);
  };
  ServerResponse.prototype.end = function (body, ...rest) {
    const page = typeof body === 'string' && body.includes('id="vscode-workbench-web-configuration"');
    const sent = page ? replaced(body, /(?<=&quot;webviewEndpoint&quot;:&quot;).*?(?=&quot;)/, endpoint) : body;
    return end.call(this, sent, ...rest);
  };
}

function replaced(text, pattern, by) {
  if (!pattern.test(text))
    throw new Error(`This VS Code gives webviews no origin of their own: ${pattern} is not in\n${text}`);
  return text.replace(pattern, by);
}
