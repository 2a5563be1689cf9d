import pino from 'pino';

export type Log = pino.Logger;

/**
 * JSON lines; what could hold a password, a token or a cookie is never put into one. PostgreSQL quotes the row it
 * refuses in an error's `detail`, so that is left out.
 */
export function createLog(level: string, destination?: pino.DestinationStream): Log {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: withoutRow },
  };
  return destination ? pino(options, destination) : pino(options);
}

function withoutRow(error: Error): object {
  const { detail: _row, where: _values, ...told } = pino.stdSerializers.err(error);
  return told;
}
