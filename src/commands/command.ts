import { text } from 'node:stream/consumers';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { readConfig, type Config } from '../config.ts';
import { asPlatform, type PlatformDb } from '../database/as-platform.ts';
import { connectDatabase, type Connection } from '../database/connect.ts';
import type { FieldError } from '../domain/form/parse-values.ts';
import { findTenantBySlug } from '../domain/tenant/tenant-queries.ts';
import { cleanLine } from '../domain/text/pasted-text.ts';
import { errorText, errorTexts } from '../locales/error-texts.ts';
import { translator } from '../locales/translate.ts';

export interface CommandContext {
  env: Record<string, string | undefined>;
  stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  stdout: (line: string) => void;
  stderr: (line: string) => void;
}

/** An expected failure; its message is one line for stderr. */
export class CommandFailed extends Error {
  override name = 'CommandFailed';
}

/** Wrong arguments; the usage is printed after the message. */
export class WrongUsage extends Error {
  override name = 'WrongUsage';
}

type ParseArgsOptionsConfig = NonNullable<ParseArgsConfig['options']>;

export interface Call<Options extends ParseArgsOptionsConfig> extends CommandContext {
  config: Config;
  options: OptionValues<Options>;
  /** The positional argument: `down` in `migrate down`. */
  argument: string | undefined;
  /** Prints the result: `json` on one line with --json, else `lines`. */
  print: (json: unknown, lines: string | readonly string[]) => void;
}

type OptionValues<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: Options; strict: true }>
>['values'];

export interface Command {
  run(args: readonly string[], context: CommandContext): Promise<void>;
}

interface Definition<Options extends ParseArgsOptionsConfig> {
  options: Options;
  required?: readonly (keyof Options & string)[];
  /** The first is the default. */
  allowedArguments?: readonly string[];
  run: (call: Call<Options>) => Promise<void>;
}

export function command<const Options extends ParseArgsOptionsConfig>(
  definition: Definition<Options>,
): Command {
  return {
    run: (args, context) => {
      const { values, argument } = readArguments(definition, args);
      const isJson = 'json' in values && values.json === true;
      return definition.run({
        ...context,
        config: readConfig(context.env),
        options: values as OptionValues<Options>,
        argument,
        print: (json, lines) => {
          for (const line of isJson ? [JSON.stringify(json)] : [lines].flat()) context.stdout(line);
        },
      });
    },
  };
}

function readArguments<Options extends ParseArgsOptionsConfig>(
  { options, required = [], allowedArguments = [] }: Definition<Options>,
  args: readonly string[],
) {
  const { values, positionals } = parse(args, { ...options, json: { type: 'boolean' } });
  const [given = allowedArguments[0], ...more] = positionals;
  const isKnown = given === undefined || allowedArguments.includes(given);
  if (!isKnown || more.length > 0) throw new WrongUsage(`Unknown argument "${isKnown ? more[0] : given}".`);
  const missing = required.filter((name) => !(values as Record<string, unknown>)[name]);
  if (missing.length > 0) throw new WrongUsage(`Missing: ${missing.map((name) => `--${name}`).join(', ')}.`);
  return { values, argument: given };
}

function parse(args: readonly string[], options: ParseArgsOptionsConfig) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    // Node's message continues with advice on positional arguments that most commands do not have.
    throw new WrongUsage(`${(error as Error).message.split(/\. |\n/)[0]}.`);
  }
}

/** Migrates the embedded database first, if a start does; only the command `migrate` changes an external one. */
export async function withDatabase<Result>(
  config: Config,
  work: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  const embeddedSchema = config.migrateOnStart ? 'migrate' : 'prepare';
  const schema = config.databaseUrl ? undefined : embeddedSchema;
  const connection = await connectDatabase(config, { schema, size: 2 });
  try {
    return await work(connection);
  } finally {
    await connection.stop();
  }
}

export function withPlatform<Result>(
  config: Config,
  work: (db: PlatformDb) => Promise<Result>,
): Promise<Result> {
  return withDatabase(config, ({ database }) => asPlatform(database, work, { isLong: true }));
}

/** @throws {CommandFailed} when no tenant has the subdomain */
export async function getTenant(db: PlatformDb, slug: string) {
  const tenant = await findTenantBySlug(db, cleanLine(slug));
  if (!tenant) throw new CommandFailed(`There is no tenant "${slug}".`);
  return tenant;
}

/** Reads stdin, because the list of processes shows arguments. Removes the last line break. */
export async function readSecret({ stdin }: Pick<CommandContext, 'stdin'>, option: string): Promise<string> {
  if (stdin.isTTY)
    throw new CommandFailed(`--${option} reads a pipe: printf %s "$PASSWORD" | npm run portal -- …`);
  const secret = (await text(stdin)).replace(/\r?\n$/, '');
  if (secret === '') throw new CommandFailed(`--${option}: the pipe is empty.`);
  return secret;
}

export function invalidOptions(
  errors: readonly FieldError[],
  optionNames: Record<string, string> = {},
): CommandFailed {
  const t = translator('en');
  const problems = errors.map((error) => {
    const { field, params } = error;
    const option = optionNames[field] ?? field.replaceAll('_', '-');
    return `--${option}: ${t(errorText(error, errorTexts.platform), params)}`;
  });
  return new CommandFailed(problems.join(' · '));
}
