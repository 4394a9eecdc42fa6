// Another extension, which uses the language-model tools of this one as an assistant would: what ask.json of the
// workspace says; what comes back is written to the file that it names.
const vscode = require('vscode');

exports.activate = (context) => {
  const ask = vscode.commands.registerCommand('assistant.ask', async () => {
    const file = (name) => vscode.Uri.joinPath(vscode.workspace.workspaceFolders[0].uri, name);
    const asked = await vscode.workspace.fs.readFile(file('ask.json'));
    const { tool, input, to } = JSON.parse(new TextDecoder().decode(asked));
    const answer = await vscode.lm.invokeTool(tool, { input, toolInvocationToken: undefined }).then(
      ({ content }) => content.map(({ value }) => value).join('\n'),
      (error) => `refused: ${error.message}`,
    );
    // Whole, or not there: whoever waits for it reads it at once.
    await vscode.workspace.fs.writeFile(file('answer.part'), new TextEncoder().encode(answer));
    await vscode.workspace.fs.rename(file('answer.part'), file(to));
  });
  context.subscriptions.push(ask);
};
