import { ConfigError } from '../config.ts';
import { commands, commandUsage, generalUsage } from './registry.ts';
import { CommandFailed, WrongUsage, type CommandContext } from './command.ts';

// Exit codes of sysexits.h.
const EX_USAGE = 64;
const EX_CONFIG = 78;

/** @returns the exit code */
export async function runCommand(argv: readonly string[], context: CommandContext): Promise<number> {
  const { stdout, stderr } = context;
  const [name = '', ...args] = argv;
  if (name === 'help' || name === '--help' || name === '-h') {
    stdout(generalUsage());
    return 0;
  }
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!entry) {
    if (name) stderr(`Unknown command "${name}".`);
    stderr(generalUsage());
    return EX_USAGE;
  }
  if (args.includes('--help') || args.includes('-h')) {
    stdout(commandUsage(name));
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
  // Compared by name, because a lazily loaded command may have another copy of the class.
  const { name: kind, message } = error as Error;
  if (kind === WrongUsage.name) {
    stderr(message);
    stderr(commandUsage(name));
    return EX_USAGE;
  }
  if (kind === ConfigError.name) {
    stderr(message);
    return EX_CONFIG;
  }
  stderr(kind === CommandFailed.name ? message : toOneLine(error));
  return 1;
}

/** undefined_table, undefined_column, invalid_schema_name */
const MISSING_OBJECT_CODES = new Set(['42P01', '42703', '3F000']);

function toOneLine(error: unknown): string {
  const { code, errors } = error as { code?: string; errors?: unknown[] };
  // Node reports one error for each address of the host.
  const { message } = (errors?.[0] ?? error) as Error;
  const line = message.trim().replace(/\s+/g, ' ') || String(error);
  if (code && MISSING_OBJECT_CODES.has(code)) {
    // Knex puts the whole statement in front of the server's message.
    const message = line.split(' - ').at(-1);
    return `The database lacks what this version needs (${message}). Run: npm run portal -- migrate up`;
  }
  return code === 'ECONNREFUSED' ? `The database cannot be reached: ${line}` : line;
}
