import { ConfigError } from '../config.ts';
import { commands, usageOf, usageOfAll } from './registry.ts';
import { CommandFailed, WrongUsage, type CommandContext } from './command.ts';

// Exit codes of sysexits.h.
const EX_USAGE = 64;
const EX_CONFIG = 78;

/** Runs one command and returns its exit code. A failure is explained in one line on stderr. */
export async function runCommand(argv: readonly string[], context: CommandContext): Promise<number> {
  const { write, stderr } = context;
  const [name = '', ...args] = argv;
  if (name === 'help' || name === '--help' || name === '-h') {
    write(usageOfAll());
    return 0;
  }
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!entry) {
    if (name) stderr(`Unknown command "${name}".`);
    stderr(usageOfAll());
    return EX_USAGE;
  }
  if (args.includes('--help') || args.includes('-h')) {
    write(usageOf(name));
    return 0;
  }
  try {
    await (await entry.load()).run(args, context);
    return 0;
  } catch (error) {
    return reportError(error, name, stderr);
  }
}

function reportError(error: unknown, name: string, stderr: (line: string) => void): number {
  // Compared by name: a lazily loaded command may throw an instance of another copy of the class.
  const { name: kind, message } = error as Error;
  if (kind === WrongUsage.name) {
    stderr(message);
    stderr(usageOf(name));
    return EX_USAGE;
  }
  if (kind === ConfigError.name) {
    stderr(message);
    return EX_CONFIG;
  }
  stderr(kind === CommandFailed.name ? message : toOneLine(error));
  return 1;
}

const NOT_MIGRATED = new Set(['42P01', '42703', '3F000']);

function toOneLine(error: unknown): string {
  const { code, errors } = error as { code?: string; errors?: unknown[] };
  // Node reports one error for each address of the host.
  const { message } = (errors?.[0] ?? error) as Error;
  const line = message.trim().replace(/\s+/g, ' ') || String(error);
  if (code && NOT_MIGRATED.has(code)) {
    // Knex puts the whole statement in front of the server's message.
    const message = line.split(' - ').at(-1);
    return `The database lacks what this version needs (${message}). Run: npm run portal -- migrate up`;
  }
  return code === 'ECONNREFUSED' ? `The database cannot be reached: ${line}` : line;
}
