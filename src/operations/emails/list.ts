import { Router, type Request, type Response } from 'express';
import { MAX_COUNT, pageOf } from '../../database/paginate.ts';
import { mayResend, resendEmail } from '../../domain/email/email-actions.ts';
import {
  countEmails,
  emailOrders,
  emailStates,
  findEmail,
  listEmailPage,
  type EmailState,
} from '../../domain/email/email-queries.ts';
import { emailTone } from '../../domain/email/email-state.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/id-param.ts';
import { allowMailFrame, sendMailHtml } from '../../http/mail-frame.ts';
import { readList } from '../../http/read-list.ts';
import { seeOther } from '../../http/see-other.ts';
import { emailNamed } from '../../domain/email/email-templates.ts';

type OfEmail = Request<{ id: string }>;

/** Every mail of the tenant: what became of it, and why. */
export const emails = Router();
emails.param('id', idParam);

const isState = (value: string) => (emailStates as readonly string[]).includes(value);

emails.get('/', may('emails.view'), async (req, res) => {
  const grammar = { orders: emailOrders, sort: '-created', filters: { state: isState } };
  const list = readList(req, res, grammar);
  if (!list) return;
  const filter = { state: list.filters['state'] as EmailState | undefined, to: list.q };
  const [rows, count] = await req.readTenant((db) => [
    listEmailPage(db, filter, list.order, list),
    countEmails(db, filter),
  ]);
  const page = pageOf(rows, list.order, list);
  res.page('operations/emails/list', {
    title: 'Emails',
    emails: page.rows.map((email) => ({ ...email, ...badgeAndLabel(email) })),
    count,
    max_count: MAX_COUNT,
    q: list.q,
    state: filter.state ?? '',
    states: emailStates,
    is_filtered: list.isFiltered,
    ...list.pager(page),
  });
});

emails.get('/:id', may('emails.view'), (req: OfEmail, res) => showEmail(req, res, null));

emails.get('/:id/html', may('emails.view'), async (req: OfEmail, res) => {
  const [email] = await req.readTenant((db) => [findEmail(db, req.params.id)]);
  sendMailHtml(res, found(found(email).html ?? undefined));
});

emails.post('/:id/resend', may('emails.send'), async (req: OfEmail, res) => {
  const result = await req.inTenant((db) => resendEmail(db, req.actor, req.params.id));
  if (!result.ok) return showEmail(req, res.status(422), result.reason);
  flash(req, res, 'Sent again to {address}.', { params: { address: result.to_address } });
  await seeOther(req, res, `/emails/${result.email_id}`);
});

// Where a refused form was sent to: opened by hand, it leads to the mail.
emails.get('/:id/resend', may('emails.view'), (req: OfEmail, res) =>
  res.redirect(303, `/emails/${req.params.id}`),
);

async function showEmail(req: OfEmail, res: Response, problem: string | null): Promise<void> {
  const [row] = await req.readTenant((db) => [findEmail(db, req.params.id)]);
  const email = found(row);
  allowMailFrame(res);
  res.page('operations/emails/show', {
    title: email.subject ?? emailNamed(email.template).label,
    email,
    ...badgeAndLabel(email),
    may_resend: mayResend(email),
    problem,
  });
}

function badgeAndLabel({
  template,
  state,
}: {
  template: Parameters<typeof emailNamed>[0];
  state: EmailState;
}) {
  return { label: emailNamed(template).label, tone_of_state: emailTone(state) };
}
