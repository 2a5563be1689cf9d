import type { Request, Response } from 'express';

/** Every request renews the login, so an open page must not refresh for longer than a user may be away. */
const REFRESH_FOR_MS = 5 * 60_000;

/**
 * Makes the browser open the page again and again, also without JavaScript. The end is in the URL, which stays the same,
 * so that the browser's history gets one entry. Returns false after the end.
 */
export function refreshPage<Params>(req: Request<Params>, res: Response, seconds: number): boolean {
  const latest = Date.now() + REFRESH_FOR_MS;
  const given = Number(req.query['until']);
  const until = given <= latest ? given : latest;
  if (until < Date.now()) return false;
  const query = new URLSearchParams({ ...(req.query as Record<string, string>), until: String(until) });
  res.set('Refresh', `${seconds}; url=${req.pathname}?${query.toString()}`);
  return true;
}
