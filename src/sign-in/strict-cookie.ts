import type { Request, Response } from 'express';
import { setNotice } from '../http/flash.ts';
import { loginPath } from '../http/guards.ts';
import { readLinkId } from './link-cookie.ts';

/** For the login page: a user who follows a link in web mail seems to be logged out. */
export function repeatLoginFromThisSite(req: Request, res: Response, next: string): boolean {
  const query = new URLSearchParams({ again: '1', ...(next && { next }) });
  return repeatFromThisSite(req, res, `${loginPath(req)}?${query.toString()}`);
}

/**
 * For the form behind a mailed link: it would otherwise be that of an anonymous user, and its CSRF token wrong for the
 * logged-in one.
 */
export function repeatLinkFromThisSite(req: Request, res: Response): boolean {
  if (req.portal.kind === 'account') return false;
  return repeatFromThisSite(req, res, `${req.pathname}?link=${readLinkId(req)}&again=1`);
}

/**
 * Browsers send no SameSite=Strict cookie with a request that another site has started. The page that is sent here makes
 * the request for `href`, which has `again` in its query, from this site. Returns whether it was sent: at most once.
 */
function repeatFromThisSite(req: Request, res: Response, href: string): boolean {
  const site = req.get('sec-fetch-site');
  if (site === undefined || site === 'same-origin' || site === 'none') return false;
  if (req.query['again'] !== undefined) return false;
  keepNotice(req, res);
  res.set('Refresh', `0; url=${href}`);
  res.page('sign-in/continue', { title: 'One moment', is_bare: true, href });
  return true;
}

/** Keeps the notice for the next page. */
function keepNotice(req: Request, res: Response): void {
  if (req.notice) setNotice(req, res, req.notice);
  req.notice = undefined;
}
