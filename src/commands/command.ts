import { parseArgs, type ParseArgsConfig } from 'node:util';
import { readConfig, type Config } from '../config.ts';

/** What a command may read and write; the tests bring their own. */
export interface Surroundings {
  env: Record<string, string | undefined>;
  stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  /** One line to stdout, for whoever called. */
  write: (line: string) => void;
  /** One line to stderr. */
  complain: (line: string) => void;
}

/** The command cannot be done, for a reason that one line tells. */
export class CommandFailed extends Error {
  override name = 'CommandFailed';
}

/** It was called wrongly: answered with its usage. */
export class WrongUsage extends Error {
  override name = 'WrongUsage';
}

type ParseArgsOptionsConfig = NonNullable<ParseArgsConfig['options']>;

export interface Call<Options extends ParseArgsOptionsConfig> extends Surroundings {
  config: Config;
  options: OptionValues<Options>;
  /** What stands after the command without a name: `down` in `migrate down`. */
  argument: string | undefined;
  /** The answer: as JSON on one line with --json, else as lines to read. */
  answer: (json: unknown, lines: string | readonly string[]) => void;
}

type OptionValues<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: Options; strict: true }>
>['values'];

export interface Command {
  run(args: readonly string[], surroundings: Surroundings): Promise<void>;
}

interface Definition<Options extends ParseArgsOptionsConfig> {
  options: Options;
  /** The options it cannot do without. */
  required?: readonly (keyof Options & string)[];
  /** What may stand as its argument; the first is meant when there is none. */
  argument?: readonly string[];
  run: (call: Call<Options>) => Promise<void>;
}

/** A command of `npm run portal -- …`: its options, and what it does. Each has --json. */
export function command<const Options extends ParseArgsOptionsConfig>(
  definition: Definition<Options>,
): Command {
  return {
    run: (args, surroundings) => {
      const { values, argument } = readArguments(definition, args);
      const isJson = 'json' in values && values.json === true;
      return definition.run({
        ...surroundings,
        config: readConfig(surroundings.env),
        options: values as OptionValues<Options>,
        argument,
        answer: (json, lines) => {
          for (const line of isJson ? [JSON.stringify(json)] : [lines].flat()) surroundings.write(line);
        },
      });
    },
  };
}

function readArguments<Options extends ParseArgsOptionsConfig>(
  { options, required = [], argument = [] }: Definition<Options>,
  args: readonly string[],
) {
  const { values, positionals } = parse(args, { ...options, json: { type: 'boolean' } });
  const [given = argument[0], ...more] = positionals;
  const isKnown = given === undefined || argument.includes(given);
  if (!isKnown || more.length > 0) throw new WrongUsage(`Unknown argument "${isKnown ? more[0] : given}".`);
  const missing = required.filter((name) => !(values as Record<string, unknown>)[name]);
  if (missing.length > 0) throw new WrongUsage(`Missing: ${missing.map((name) => `--${name}`).join(', ')}.`);
  return { values, argument: given };
}

function parse(args: readonly string[], options: ParseArgsOptionsConfig) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    // Node goes on to explain positional arguments, which we mostly do not have.
    throw new WrongUsage(`${(error as Error).message.split(/\. |\n/)[0]}.`);
  }
}
