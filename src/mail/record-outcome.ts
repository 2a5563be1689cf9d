import type { TenantDb } from '../database/tenant-db.ts';
import { markBounced } from '../domain/user/user-access.ts';
import { MAX_ATTEMPTS, type Decision, type EmailRow } from './decide-email.ts';
import { emailTemplate } from '../domain/email/email-templates.ts';
import type { RenderedEmail } from './render-email.ts';
import type { SmtpFailure } from './smtp-failure.ts';

const SECOND = 1000;
const FIRST_WAIT = 30 * SECOND;
const LONGEST_WAIT = 3600 * SECOND;

/** Nothing more will be tried: not due any more, and no link left behind. */
const over = { due_at: null, sealed_token: null };

/** A mail that is not sent, with the reason staff will read. */
export async function stopEmail(
  db: TenantDb,
  row: EmailRow,
  userId: string | null,
  decision: Decision,
): Promise<void> {
  if (decision.kind !== 'stop') throw new Error('This mail was decided to be sent');
  const { state, reason } = decision;
  await db
    .from('emails')
    .where({ id: row.id })
    .update({ ...over, state, reason, user_id: userId });
  if (state === 'failed') await tellInviters(db, { ...row, user_id: userId });
}

/** The mail server took it over. What becomes of it there is not known, so it is never called delivered. */
export async function recordAccepted(db: TenantDb, row: EmailRow, copy: RenderedEmail): Promise<void> {
  await stillOpen(db, row).update({
    ...over,
    ...copy,
    state: 'accepted',
    reason: null,
    accepted_at: db.raw('now()'),
  });
}

/** Refused for good, given up, or to be tried again later: never after its link has expired. */
export async function recordFailure(
  db: TenantDb,
  row: EmailRow,
  copy: RenderedEmail | null,
  failure: SmtpFailure,
): Promise<void> {
  const isLast = row.attempts >= MAX_ATTEMPTS;
  if (failure.is_final || isLast) {
    const reason = failure.is_final
      ? failure.reason
      : `Given up after ${row.attempts} tries. ${failure.reason}`;
    const changed = await stillOpen(db, row).update({ ...over, ...copy, state: 'failed', reason });
    if (changed) await tellInviters(db, row);
    return;
  }
  // Only while the lease is ours: whoever took it over meanwhile says when it is due.
  await stillOpen(db, row)
    .where({ due_at: row.due_at })
    .update({ ...copy, state: 'deferred', reason: failure.reason, due_at: nextAttempt(row) });
}

/** 30 seconds, doubling up to an hour, a fifth more or less so that a herd spreads out. */
export function nextAttempt(row: Pick<EmailRow, 'attempts' | 'token_expires_at'>): Date {
  const wait = Math.min(FIRST_WAIT * 2 ** (row.attempts - 1), LONGEST_WAIT) * (0.8 + Math.random() * 0.4);
  const at = Date.now() + wait;
  return new Date(Math.min(at, row.token_expires_at?.getTime() ?? at));
}

function stillOpen(db: TenantDb, row: EmailRow) {
  return db.from('emails').where({ id: row.id }).whereIn('state', ['queued', 'deferred']);
}

async function tellInviters(db: TenantDb, row: EmailRow): Promise<void> {
  if (row.user_id && emailTemplate(row.template).is_first_access) await markBounced(db, row.user_id);
}
