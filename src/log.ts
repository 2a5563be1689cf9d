import pino from 'pino';

export type Log = pino.Logger;

const BLOCK_BYTES = 4096;
const FLUSH_MS = 250;

let standardOutput: ReturnType<typeof pino.destination> | undefined;

/** Lines below `warn` are written in blocks; a warning or an error writes them at once. */
export function createLog(level: string, destination?: pino.DestinationStream): Log {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: serializeError },
  };
  if (destination) return pino(options, destination);
  const output = (standardOutput ??= openStandardOutput());
  const hooks: pino.LoggerOptions['hooks'] = {
    logMethod(args, method, number) {
      method.apply(this, args);
      if (number >= pino.levels.values['warn']!) output.flushSync();
    },
  };
  return pino({ ...options, hooks }, output);
}

function openStandardOutput(): ReturnType<typeof pino.destination> {
  const output = pino.destination({ dest: 1, minLength: BLOCK_BYTES, periodicFlush: FLUSH_MS, sync: true });
  // Also after an uncaught error.
  process.on('exit', () => output.flushSync());
  return output;
}

/** PostgreSQL quotes values of the row in `detail` and `where`. */
function serializeError(error: Error): object {
  const { detail: _detail, where: _where, ...rest } = pino.stdSerializers.err(error);
  return rest;
}
