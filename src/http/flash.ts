import type { Request, Response } from 'express';
import { notice } from './notice.ts';

type Kind = 'ok' | 'info' | 'warn' | 'bad';

/** Says `text` on the next page: through the session when signed in, else through the notice cookie. */
export function flash(
  req: Request,
  res: Response,
  text: string,
  { kind = 'ok', params = {} }: { kind?: Kind; params?: Record<string, string | number> } = {},
): void {
  if (req.session.csrfSecret === undefined) return notice(req, res, { text, kind, params });
  req.session.flashes = [...(req.session.flashes ?? []), { kind, text, params }];
}

/** What the page shows now, and never again. */
export function takeFlashes(
  req: Request,
): { kind: Kind; text: string; params?: Record<string, string | number> }[] {
  // An error page may be drawn before there is a session.
  const { flashes = [] } = req.session ?? {};
  if (flashes.length > 0) delete req.session.flashes;
  const { text, kind = 'info', params = {} } = req.notice ?? {};
  return text === undefined ? flashes : [...flashes, { kind, text, params }];
}
