import { ConfigError } from './config.ts';
import { UnsafeDatabaseRole } from './database/pools.ts';

const EXIT_CONFIG = 78;

/** What made a start fail, in words that say what to do; and the exit code, 78 where a setting is to blame. */
export function startFailure(error: unknown): { sentence: string; exitCode: number } {
  if (!(error instanceof Error)) return { sentence: String(error), exitCode: 1 };
  const isSetting =
    error instanceof ConfigError || error instanceof UnsafeDatabaseRole || REFUSED.has(codeOf(error));
  return { sentence: sentenceOf(error), exitCode: isSetting ? EXIT_CONFIG : 1 };
}

/** The server let nobody in: a wrong password, or an address it does not take the role from. */
const REFUSED = new Set(['28P01', '28000']);
const AWAY = new Set(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', '57P03']);

function sentenceOf(error: Error): string {
  const code = codeOf(error);
  const { port, hostname } = error as { port?: number; hostname?: string };
  if (code === 'EADDRINUSE')
    return `Port ${port} is taken. Stop what listens there, or choose another with PORT.`;
  if (code === 'EACCES' && port !== undefined)
    return `Port ${port} may not be used by this account. Choose another with PORT.`;
  if (code === 'EADDRNOTAVAIL')
    return 'HOST is no address of this machine. Use 127.0.0.1, or 0.0.0.0 for all.';
  if (hostname !== undefined)
    return `There is no host "${hostname}". Correct HOST, or the host in DATABASE_URL and its companions.`;
  if (REFUSED.has(code))
    return `${settingOf(error)} is refused: ${error.message}. Correct its role and password.`;
  if (AWAY.has(code))
    return `The database cannot be reached: ${error.message || causeOf(error)}. Start it, or correct DATABASE_URL and DATABASE_OWNER_URL.`;
  // What we throw ourselves is a sentence already; anything else needs its trace.
  return error.constructor === Error || error.name === 'TypeError'
    ? (error.stack ?? error.message)
    : error.message;
}

function settingOf({ message }: Error): string {
  if (message.includes('"app_rw"')) return 'DATABASE_URL';
  return message.includes('"app_platform"') ? 'DATABASE_PLATFORM_URL' : 'DATABASE_OWNER_URL';
}

/** A host name of several addresses fails with one error for each, and no words of its own. */
function causeOf(error: Error): string {
  return (error as { errors?: Error[] }).errors?.[0]?.message ?? codeOf(error);
}

function codeOf(error: Error): string {
  return (error as { code?: string }).code ?? '';
}
