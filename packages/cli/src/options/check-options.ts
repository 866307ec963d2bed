import { parseArgs } from 'node:util';
import type { ArgsDef } from 'citty';
import { suggest, UsageError } from '../terminal/index.ts';

/**
 * Refuses what citty's lenient parser would pass over in silence: options that do not exist, options without their value,
 * values for switches, and too many words.
 *
 * @throws UsageError
 */
export function checkOptions(args: ArgsDef, rawArgs: readonly string[]): void {
  const known = Object.entries(args).filter(([, { type }]) => type !== 'positional');
  const names = [...known.map(([name]) => name), 'help'];
  const tokens = tokenize(args, rawArgs);
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const definition = args[token.name];
    if (token.name === 'help' || token.name === 'h') continue;
    if (definition === undefined || definition.type === 'positional') throw unknownOption(token.rawName, token.name, names);
    if (definition.type === 'boolean' && token.value !== undefined)
      throw new UsageError(`${token.rawName} is a switch and takes no value, but has ${JSON.stringify(token.value)}`);
    if (definition.type !== 'boolean' && lacksValue(token.value, names)) {
      const hint = 'valueHint' in definition && definition.valueHint ? ` ${definition.valueHint}` : '';
      throw new UsageError(`${token.rawName} needs a value: ${token.rawName}${hint}`);
    }
  }
  const places = Object.values(args).filter(({ type }) => type === 'positional').length;
  const words = tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : []));
  if (words.length > places) throw new UsageError(`${JSON.stringify(words[places])} is one word too many`);
}

/** All values of an option that may be given several times, in their order. */
export function collectValues(args: ArgsDef, rawArgs: readonly string[], name: string): string[] {
  return tokenize(args, rawArgs).flatMap((token) => (token.kind === 'option' && token.name === name ? [token.value ?? ''] : []));
}

function tokenize(args: ArgsDef, rawArgs: readonly string[]) {
  const options = Object.fromEntries(
    Object.entries(args).flatMap(([name, { type }]) =>
      type === 'positional' ? [] : [[name, { type: type === 'boolean' ? ('boolean' as const) : ('string' as const), multiple: true }]],
    ),
  );
  return parseArgs({ args: [...rawArgs], options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

/** `--settings --json` forgot the value: no value of ours looks like one of our options. */
function lacksValue(value: string | undefined, names: readonly string[]): boolean {
  return value === undefined || (value.startsWith('--') && names.includes(value.slice(2).split('=')[0]!));
}

function unknownOption(rawName: string, name: string, names: readonly string[]): UsageError {
  const meant = suggest(name, names);
  const hint = meant === undefined ? `there are ${names.map((each) => `--${each}`).join(', ')}` : `did you mean --${meant}?`;
  return new UsageError(`unknown option ${rawName}; ${hint}`);
}
