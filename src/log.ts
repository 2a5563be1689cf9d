import pino from 'pino';

export type Log = pino.Logger;

/** PIPE_BUF of Linux: the lines of several processes in one pipe stay whole only in writes up to this size. */
const MAX_BLOCK_BYTES = 4096;
const FULL_BLOCK_BYTES = 3500;
const FLUSH_MS = 250;
/** Kept while standard output cannot be written; further lines are dropped. */
const MAX_KEPT_BYTES = 1024 * 1024;
/** How long the end of the process waits for a slow reader of standard output. */
const MAX_EXIT_WAIT_MS = 5_000;

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
      if (number >= pino.levels.values['warn']!) output.flush();
    },
  };
  return pino({ ...options, hooks }, output);
}

/** `flushSync` is not used: it retries for ever when standard output cannot be written. */
function openStandardOutput(): ReturnType<typeof pino.destination> {
  let waitsUntil = 0;
  const output = pino.destination({
    dest: 1,
    minLength: FULL_BLOCK_BYTES,
    maxWrite: MAX_BLOCK_BYTES,
    maxLength: MAX_KEPT_BYTES,
    periodicFlush: FLUSH_MS,
    sync: true,
    // A retry blocks the process, so a full pipe is tried again with the next flush, except at the end.
    retryEAGAIN: () => Date.now() < waitsUntil,
  });
  // Requests are served without a log when standard output is closed or its disk is full.
  for (const stream of [output, process.stdout]) stream.on('error', () => undefined);
  // Unlike `beforeExit`, `exit` is emitted also by process.exit() and after an uncaught error.
  process.on('exit', () => {
    waitsUntil = Date.now() + MAX_EXIT_WAIT_MS;
    output.flush();
    // The first flush of several blocks leaves the last one if it is not full.
    output.flush();
  });
  return output;
}

/** PostgreSQL quotes values of the row in `detail` and `where`. */
function serializeError(error: Error): object {
  const { detail: _detail, where: _where, ...rest } = pino.stdSerializers.err(error);
  return rest;
}
