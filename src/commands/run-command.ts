import { ConfigError } from '../config.ts';
import { commands, usageOf, usageOfAll } from './catalogue.ts';
import { CommandFailed, WrongUsage, type Surroundings } from './command.ts';

// The numbers of sysexits.h that shells and service managers know.
const EX_USAGE = 64;
const EX_CONFIG = 78;

/** Runs one command; answers the exit code, having said on stderr, in one clear line, what went wrong. */
export async function runCommand(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const { write, complain } = surroundings;
  const [name = '', ...args] = argv;
  if (name === 'help' || name === '--help' || name === '-h') {
    write(usageOfAll());
    return 0;
  }
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!entry) {
    if (name) complain(`Unknown command "${name}".`);
    complain(usageOfAll());
    return EX_USAGE;
  }
  if (args.includes('--help') || args.includes('-h')) {
    write(usageOf(name));
    return 0;
  }
  try {
    await (await entry.load()).run(args, surroundings);
    return 0;
  } catch (error) {
    return explain(error, name, complain);
  }
}

function explain(error: unknown, name: string, complain: (line: string) => void): number {
  // By name: what a lazily loaded command throws may be of its own copy of the class.
  const { name: kind, message } = error as Error;
  if (kind === WrongUsage.name) {
    complain(message);
    complain(usageOf(name));
    return EX_USAGE;
  }
  if (kind === ConfigError.name) {
    complain(message);
    return EX_CONFIG;
  }
  complain(kind === CommandFailed.name ? message : inOneLine(error));
  return 1;
}

const NOT_MIGRATED = new Set(['42P01', '42703', '3F000']);

function inOneLine(error: unknown): string {
  const { code, errors } = error as { code?: string; errors?: unknown[] };
  // A host name with several addresses answers one error for each.
  const { message } = (errors?.[0] ?? error) as Error;
  const line = message.trim().replace(/\s+/g, ' ') || String(error);
  if (code && NOT_MIGRATED.has(code)) {
    // The query builder puts the whole statement in front of what the server said.
    const said = line.split(' - ').at(-1);
    return `The database lacks what this version needs (${said}). Run: npm run portal -- migrate up`;
  }
  return code === 'ECONNREFUSED' ? `The database cannot be reached: ${line}` : line;
}
