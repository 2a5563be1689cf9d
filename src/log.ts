import pino from 'pino';

export type Log = pino.Logger;

/** JSON lines; what could hold a password, a token or a cookie is never put into one. */
export function createLog(level: string): Log {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime });
}
