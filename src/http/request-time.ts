import type { IncomingMessage, Server } from 'node:http';

export interface RequestTimes {
  /** From its headers to its last byte, for each request that is not an upload. */
  formMs: number;
  uploadMs: number;
  /** An upload that sends less than `minWindowBytes` in one of its windows is ended. */
  windowMs: number;
  minWindowBytes: number;
}

/** 10 kB/s for uploads. */
export const REQUEST_TIMES: RequestTimes = {
  formMs: 30_000,
  uploadMs: 15 * 60_000,
  windowMs: 30_000,
  minWindowBytes: 300_000,
};

const uploadTimers = new WeakMap<IncomingMessage, () => void>();

/** Emits `clientError` for a request that does not arrive in its time, as Node does for headers. */
export function limitRequestTimes(server: Server, times: RequestTimes): void {
  server.prependListener('request', (req: IncomingMessage) => {
    const { 'content-length': length, 'transfer-encoding': encoding } = req.headers;
    if (encoding === undefined && (length === undefined || length === '0')) return;
    const expire = () => endRequest(server, req);
    let timers = [setTimeout(expire, times.formMs)];
    const stop = () => timers.forEach((timer) => clearTimeout(timer));
    // Not with the response: the rest of the request is read after it.
    req.once('end', stop).once('close', stop);
    uploadTimers.set(req, () => {
      stop();
      if (req.complete || req.destroyed) return;
      timers = [setTimeout(expire, times.uploadMs), watchRate(req, times, expire)];
    });
  });
}

/** After the guard of an upload. */
export function giveUploadTime(req: IncomingMessage): void {
  uploadTimers.get(req)?.();
}

function watchRate(
  { socket }: IncomingMessage,
  { windowMs, minWindowBytes }: RequestTimes,
  expire: () => void,
): NodeJS.Timeout {
  let before = socket.bytesRead;
  return setInterval(() => {
    const received = socket.bytesRead - before;
    before = socket.bytesRead;
    if (received < minWindowBytes) expire();
  }, windowMs);
}

/** `aborted` makes the parser of the body stop, so that nothing that arrives late is saved. */
function endRequest(server: Server, req: IncomingMessage): void {
  if (req.complete || req.socket.destroyed) return;
  const error = Object.assign(new Error('Request timeout'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
  server.emit('clientError', error, req.socket);
  req.emit('aborted');
}
