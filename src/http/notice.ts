import type { Request, RequestHandler, Response } from 'express';
import { clearCookie, readSignedCookie, setSignedCookie } from './cookies.ts';

/** What a signed-out visitor is told on the next page; `address` is what they just typed. */
export interface Notice {
  text?: string;
  kind?: 'ok' | 'info' | 'warn' | 'bad';
  params?: Record<string, string | number>;
  address?: string;
}

/** Reads the notice cookie; a text is shown once, the address stays for the minute so that a reload shows it too. */
export const notices: RequestHandler = (req, res, next) => {
  req.notice = readSignedCookie<Notice>(req, 'notice');
  if (req.notice?.text !== undefined && req.method === 'GET') clearCookie(req, res, 'notice');
  next();
};

/** A signed-out visitor needs no session for it. */
export function notice(req: Request, res: Response, value: Notice): void {
  setSignedCookie(req, res, 'notice', value, 60);
}

declare module 'express-serve-static-core' {
  interface Request {
    notice: Notice | undefined;
  }
}
