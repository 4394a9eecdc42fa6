import packageJson from '../../../package.json';
import { didYouMean } from '../../base/nearest';

/** What package.json says of a field of a tool's input. */
interface Field {
  type: string;
  enum?: readonly string[];
  minItems?: number;
}

interface Tool {
  name: string;
  inputSchema: { properties: { [name: string]: Field }; required?: readonly string[] };
}
const TOOLS = packageJson.contributes.languageModelTools as unknown as readonly Tool[];

/**
 * The editor shows the schemas of package.json to the model, and checks no input by them.
 * @throws Error that names the first field that the tool does not take, and what it does
 */
export function checkInput(tool: string, input: object): void {
  const { properties, required = [] } = TOOLS.find(({ name }) => name === tool)!.inputSchema;
  const names = Object.keys(properties);
  const refuse = (what: string, hint = '') => {
    throw new Error(`${tool}: ${what}.${hint} It takes ${names.join(', ')}.`);
  };
  const given = Object.entries(input ?? {}).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) {
    if (!names.includes(name)) refuse(`there is no field '${name}'`, didYouMean(name, names));
    const expected = expectation(properties[name]!, value);
    if (expected) refuse(`${name} must be ${expected}, not ${JSON.stringify(value)}`);
  }
  for (const name of required) if (!given.some(([own]) => own === name)) refuse(`${name} is missing`);
}

/** What a field should hold; undefined where it does. */
function expectation({ type, enum: choices, minItems = 0 }: Field, value: unknown): string | undefined {
  if (type === 'array') {
    const isList = Array.isArray(value) && value.every((item) => typeof item === 'string');
    return isList && value.length >= minItems ? undefined : `a list of ${minItems > 0 ? 'at least one id' : 'ids'}`;
  }
  if (choices) return choices.includes(value as string) ? undefined : choices.map((each) => `"${each}"`).join(' or ');
  return typeof value === 'string' ? undefined : 'a text';
}
