import type { RequestHandler } from 'express';
import type { Config } from '../config.ts';
import { isSignedProxyCheck, PROXY_CHECK_HEADER, PROXY_CHECK_PATH, type ProxyCheck } from '../proxy-check.ts';
import { clientAddress } from './client-address.ts';

/** For `doctor`, which has the same SECRET_KEYS: others learn nothing about the proxies. Does not need a portal's host. */
export function checkProxy({ secretKeys }: Pick<Config, 'secretKeys'>): RequestHandler {
  return (req, res, next) => {
    if (req.path !== PROXY_CHECK_PATH || !isSignedProxyCheck(req.get(PROXY_CHECK_HEADER) ?? '', secretKeys))
      return next();
    const forwarded = req.get('x-forwarded-for') ?? '';
    const check: ProxyCheck = {
      host: req.headers.host ?? null,
      x_forwarded_proto: req.get('x-forwarded-proto') ?? null,
      forwarded_addresses: forwarded === '' ? 0 : forwarded.split(',').length,
      client_address: clientAddress(req),
    };
    res.json(check);
  };
}
