import { Router, type Request } from 'express';
import { found } from '../errors.ts';
import { anyone } from '../http/guards.ts';
import { allowMailFrame, sendMailHtml } from '../http/mail-frame.ts';
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
    allowMailFrame(res);
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
    sendMailHtml(res, email.html, { areLinksLive: true });
  });

  return routes;
}
