import { Router, type Request } from 'express';
import { found } from '../errors.ts';
import { anyone } from '../http/guards.ts';
import { allowEmailFrame, sendEmailHtml } from '../http/security-headers.ts';
import { findKeptEmail, listKeptEmails } from '../mail/kept-emails.ts';

export function inbox(dataDir: string, isSending: boolean): Router {
  const routes = Router();

  routes.get('/', anyone, async (_req, res) => {
    const emails = await listKeptEmails(dataDir);
    res.page('dev/inbox/list', {
      title: 'Dev inbox',
      is_bare: true,
      is_wide: true,
      emails,
      is_sending: isSending,
    });
  });

  routes.get('/:id', anyone, async (req: Request<{ id: string }>, res) => {
    const email = found(await findKeptEmail(dataDir, req.params.id));
    allowEmailFrame(res);
    res.page('dev/inbox/show', {
      title: 'Dev inbox: one mail',
      is_bare: true,
      is_wide: true,
      email,
      links: [...new Set(email.text.match(/https?:\/\/[^\s<>"]+/g))],
    });
  });

  routes.get('/:id/html', anyone, async (req: Request<{ id: string }>, res) => {
    const email = found(await findKeptEmail(dataDir, req.params.id));
    sendEmailHtml(res, email.html, { areLinksEnabled: true });
  });

  return routes;
}
