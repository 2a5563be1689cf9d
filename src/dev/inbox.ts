import { Router, type Request } from 'express';
import { found } from '../errors.ts';
import { anyone } from '../http/guards.ts';
import { allowFrames, sendEmailHtml } from '../http/security-headers.ts';
import { findKeptEmail, listKeptEmails } from '../mail/kept-emails.ts';

/** `portals` is the source of images in its Content-Security-Policy. */
export function inbox(dataDir: string, isSending: boolean, portals: string): Router {
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
    allowFrames(res);
    res.page('dev/inbox/show', {
      title: 'Email in the dev inbox',
      is_bare: true,
      is_wide: true,
      email,
      links: [...new Set(email.text.match(/https?:\/\/[^\s<>"]+/g))],
    });
  });

  routes.get('/:id/html', anyone, async (req: Request<{ id: string }>, res) => {
    const email = found(await findKeptEmail(dataDir, req.params.id));
    sendEmailHtml(res, email.html, { images: portals, areLinksEnabled: true });
  });

  return routes;
}
