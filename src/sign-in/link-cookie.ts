import type { Request, Response } from 'express';
import { clearCookie, readSignedCookie, setSignedCookie } from '../http/cookies.ts';

const QUARTER_HOUR = 15 * 60;

/**
 * A mailed link is opened: its token moves into a cookie and the visitor to the clean address, so that it stands in no
 * history, log or Referer. Nothing is spent, however often a scanner does this. True when the answer was sent.
 */
export function tookLink(req: Request, res: Response): boolean {
  const { token } = req.query;
  if (typeof token !== 'string') return false;
  setSignedCookie(req, res, 'link', { token: token.slice(0, 100), path: req.pathname }, QUARTER_HOUR);
  res.redirect(303, req.pathname);
  return true;
}

/** The token that was opened on this page; empty when there is none. */
export function linkToken(req: Request): string {
  const link = readSignedCookie<{ token: string; path: string }>(req, 'link');
  return link?.path === req.pathname ? link.token : '';
}

export function forgetLink(req: Request, res: Response): void {
  clearCookie(req, res, 'link');
}
