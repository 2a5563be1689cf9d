import type { Request, Response } from 'express';
import { findTenantStatus } from '../domain/login-session/login-session-queries.ts';
import { findTokenPurpose } from '../domain/token/one-time-token.ts';
import { PortalClosed } from '../errors.ts';
import { ipPrefix, type Counter } from '../http/rate-limit.ts';
import { readOpenedToken } from './link-cookie.ts';

/** @throws {PortalClosed} if the tenant is suspended: the link may work once it is resumed */
export async function showInvalidLink(req: Request, res: Response, newLinkPath: string): Promise<undefined> {
  const opened = readOpenedToken(req);
  if (opened) await checkDeadToken(req, opened.token);
  const has_token = opened !== undefined;
  const title = has_token ? 'This link no longer works' : 'Open the link in your email again';
  const new_link_path = newLinkPath;
  res.status(410).page('errors/invalid-link', { title, is_bare: true, has_token, new_link_path });
}

/** Only an unknown token is throttled as a guess. @throws {PortalClosed} @throws {TooManyRequests} */
async function checkDeadToken(req: Request, token: string): Promise<void> {
  const [status, known] = await req.readTenant((db) => [findTenantStatus(db), findTokenPurpose(db, token)]);
  if (status !== 'active') throw new PortalClosed();
  const counter: Counter = { purpose: 'bad-token', ip: ipPrefix(req) };
  if (!known) await req.throttle.consume({ counter, limit: 30, seconds: 15 * 60 });
}
