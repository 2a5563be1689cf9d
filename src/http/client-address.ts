import { isIP } from 'node:net';
import type { Request } from 'express';

/** Without port and zone. An invalid entry of X-Forwarded-For is replaced by the address of the proxy that sent it. */
export function clientAddress(req: Request): string {
  return (req.clientAddress ??= readClientAddress(req));
}

function readClientAddress(req: Request): string {
  // From the client to the last proxy; empty without TRUST_PROXY.
  for (const entry of req.ips) {
    const address = parseAddress(entry);
    if (address !== undefined) return address;
  }
  return parseAddress(req.socket.remoteAddress ?? '') ?? '';
}

/** Accepts a port and brackets, as some proxies write them. IPv6 is returned in its shortest form, mapped IPv4 as IPv4. */
export function parseAddress(text: string): string | undefined {
  const [, bracketed, bare = ''] = /^"?(?:\[([^\]]*)\](?::\d+)?|([^"]*))"?$/.exec(text.trim()) ?? [];
  const host = (bracketed ?? bare).replace(/%.*$/, '');
  const address = isIP(host) === 0 ? host.replace(/:\d+$/, '') : host;
  if (isIP(address) === 4) return address;
  if (isIP(address) !== 6) return undefined;
  const short = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short);
  return mapped ? toIPv4(mapped.slice(1)) : short;
}

function toIPv4(groups: readonly string[]): string {
  return groups
    .map((group) => parseInt(group, 16))
    .flatMap((number) => [number >> 8, number & 255])
    .join('.');
}

declare module 'express-serve-static-core' {
  interface Request {
    /** Read with `clientAddress`. */
    clientAddress?: string;
  }
}
