import type { Request, Response } from 'express';
import { SignInEnded } from '../errors.ts';
import { loginPath } from './guards.ts';

/** A form with a stale token, or one that was still being filled in when the sign-in ended. */
export function isExpiredForm(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code;
  return code === 'EBADCSRFTOKEN' || error instanceof SignInEnded;
}

/** The form's own words are kept and can be sent again; passwords have to be typed again. */
export function showExpiredForm(req: Request, res: Response, error: unknown): void {
  const body = (req.body ?? {}) as Record<string, unknown>;
  const kept = Object.entries(body).flatMap(([name, value]) =>
    name === '_csrf' || name.includes('password')
      ? []
      : [value].flat().map((each) => ({ name, value: String(each) })),
  );
  const passwords = Object.keys(body).filter((name) => name.includes('password'));
  res.page('errors/expired-form', {
    title: 'Your form had expired',
    kept,
    passwords,
    action: req.originalUrl,
    login_href: error instanceof SignInEnded ? loginPath(req) : null,
  });
}
