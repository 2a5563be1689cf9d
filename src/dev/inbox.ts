import { Router, type Request, type Response } from 'express';
import { found } from '../errors.ts';
import { anyone } from '../http/guards.ts';
import { findKeptEmail, listKeptEmails } from '../mail/keep-emails.ts';

/** The mails that were kept under `dataDir` instead of sent, for who has no mail server while developing. */
export function inbox(dataDir: string, isSending: boolean): Router {
  const routes = Router();

  routes.get('/', anyone, async (_req, res) => {
    const emails = await listKeptEmails(dataDir);
    res.page('dev/inbox', {
      title: 'Dev inbox',
      is_bare: true,
      is_wide: true,
      emails,
      is_sending: isSending,
    });
  });

  routes.get('/:id', anyone, async (req: Request<{ id: string }>, res) => {
    const email = found(await findKeptEmail(dataDir, req.params.id));
    allow(res, "default-src 'none'", "default-src 'none'; frame-src 'self'");
    res.page('dev/inbox-email', {
      title: 'Dev inbox: one mail',
      is_bare: true,
      is_wide: true,
      email,
      links: [...new Set(email.text.match(/https?:\/\/[^\s<>"]+/g))],
    });
  });

  routes.get('/:id/html', anyone, async (req: Request<{ id: string }>, res) => {
    const email = found(await findKeptEmail(dataDir, req.params.id));
    // A mail brings its own styles and is not trusted: no script, no form, no origin, links in a window of their own.
    res.set(
      'Content-Security-Policy',
      "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; " +
        'sandbox allow-popups allow-popups-to-escape-sandbox',
    );
    res.set('X-Frame-Options', 'SAMEORIGIN');
    res.type('html').send(email.html.replaceAll('<a ', '<a target="_blank" '));
  });

  return routes;
}

function allow(res: Response, before: string, after: string): void {
  const policy = String(res.get('Content-Security-Policy'));
  res.set('Content-Security-Policy', policy.replace(before, after));
}
