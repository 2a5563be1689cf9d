import { ConfigError } from './config.ts';
import { WrongEngine } from './database/citus.ts';
import { UnsafeDatabaseRole } from './database/pools.ts';
import { WebProcessFailed } from './web-processes.ts';

export interface StartFailure {
  message: string;
  exitCode: number;
}

const EXIT_CONFIG = 78;

/** A wrong password, or a client address that pg_hba.conf does not accept. */
const ACCESS_REFUSED = new Set(['28P01', '28000']);
/** No such database, or no right to connect to it. */
const NOT_PREPARED = new Set(['3D000', '42501']);
const UNREACHABLE = new Set(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', '57P03']);

export function startFailure(error: unknown): StartFailure {
  if (error instanceof WebProcessFailed) return { message: error.message, exitCode: error.exitCode };
  if (!(error instanceof Error)) return { message: String(error), exitCode: 1 };
  const isWrongSetting =
    [ConfigError, UnsafeDatabaseRole, WrongEngine].some((wrong) => error instanceof wrong) ||
    ACCESS_REFUSED.has(codeOf(error));
  return { message: explain(error), exitCode: isWrongSetting ? EXIT_CONFIG : 1 };
}

function explain(error: Error): string {
  const code = codeOf(error);
  const { port, hostname } = error as { port?: number; hostname?: string };
  if (code === 'EADDRINUSE')
    return `Port ${port} is in use. Stop the program that uses it, or choose another port with PORT.`;
  if (code === 'EACCES' && port !== undefined)
    return `Port ${port} may not be used by this account. Choose another port with PORT.`;
  if (code === 'EADDRNOTAVAIL')
    return 'HOST is not an address of this machine. Use 127.0.0.1, or 0.0.0.0 for all.';
  if (hostname !== undefined)
    return `There is no host "${hostname}". Correct HOST, or the host in the database URLs.`;
  if (ACCESS_REFUSED.has(code))
    return `${settingOf(error)} is refused: ${error.message}. Correct its role and password; on a new server \`npm run portal -- migrate up\` creates the roles.`;
  if (NOT_PREPARED.has(code))
    return `The database is not prepared: ${error.message}. Run: npm run portal -- migrate up`;
  if (UNREACHABLE.has(code))
    return `The database cannot be reached: ${error.message || causeOf(error)}. Start it, or correct DATABASE_URL and DATABASE_OWNER_URL.`;
  // The messages of the project's error classes are complete; any other error needs its stack trace.
  return error.constructor === Error || error.name === 'TypeError'
    ? (error.stack ?? error.message)
    : error.message;
}

function settingOf({ message }: Error): string {
  if (message.includes('"app_rw"')) return 'DATABASE_URL';
  return message.includes('"app_platform"') ? 'DATABASE_PLATFORM_URL' : 'DATABASE_OWNER_URL';
}

/** The AggregateError of a host name with several addresses has no message. */
function causeOf(error: Error): string {
  return (error as { errors?: Error[] }).errors?.[0]?.message ?? codeOf(error);
}

function codeOf(error: Error): string {
  return (error as { code?: string }).code ?? '';
}
