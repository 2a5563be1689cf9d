import type { Knex } from 'knex';
import type { TenantDb } from '../database/tenant-db.ts';
import { emailTemplate } from '../domain/email/email-templates.ts';
import { markBounced } from '../domain/user/user-access.ts';
import { MAX_ATTEMPTS, type Decision, type EmailRow } from './decide-email.ts';
import type { RenderedEmail } from './render-email.ts';
import type { SmtpFailure } from './smtp-failure.ts';

const MIN_WAIT_SECONDS = 30;
const MAX_WAIT_SECONDS = 3600;

const terminalColumns = { due_at: null, sealed_token: null };

export async function stopEmail(
  db: TenantDb,
  row: EmailRow,
  userId: string | null,
  decision: Decision,
): Promise<void> {
  if (decision.kind !== 'stop') throw new Error('The decision was to send this email');
  const { state, reason } = decision;
  await db
    .from('emails')
    .where({ id: row.id })
    .update({ ...terminalColumns, state, reason, user_id: userId });
  if (state === 'failed') await markInvitationBounced(db, { ...row, user_id: userId });
}

export async function recordAccepted(db: TenantDb, row: EmailRow, copy: RenderedEmail): Promise<void> {
  await unfinishedEmail(db, row).update({
    ...terminalColumns,
    ...copy,
    state: 'accepted',
    reason: null,
    accepted_at: db.raw('now()'),
  });
}

export async function recordFailure(
  db: TenantDb,
  row: EmailRow,
  copy: RenderedEmail | null,
  failure: SmtpFailure,
): Promise<void> {
  if (failure.is_final || row.attempts >= MAX_ATTEMPTS) {
    const reason = failure.is_final
      ? failure.reason
      : `The last of ${row.attempts} attempts failed. ${failure.reason}`;
    const changed = await unfinishedEmail(db, row).update({
      ...terminalColumns,
      ...copy,
      state: 'failed',
      reason,
    });
    if (changed) await markInvitationBounced(db, row);
    return;
  }
  // After the end of the lease another worker may have claimed the email.
  await unfinishedEmail(db, row)
    .where({ due_at: row.due_at })
    .update({
      ...copy,
      state: 'deferred',
      reason: failure.reason,
      due_at: nextAttemptAt(db, row),
    });
}

/** At the end of its link, the attempt records that it has expired. */
function nextAttemptAt(db: TenantDb, { attempts, token_seconds_left }: EmailRow): Knex.Raw<Date> {
  const longest = Math.min(MIN_WAIT_SECONDS * 2 ** (attempts - 1), MAX_WAIT_SECONDS);
  const wait = Math.min(longest * (0.8 + Math.random() * 0.4), token_seconds_left ?? Infinity);
  return db.raw<Date>('now() + make_interval(secs => ?)', [wait]);
}

function unfinishedEmail(db: TenantDb, row: EmailRow) {
  return db.from('emails').where({ id: row.id }).whereIn('state', ['queued', 'deferred']);
}

async function markInvitationBounced(db: TenantDb, row: EmailRow): Promise<void> {
  if (row.user_id && emailTemplate(row.template).first_access.includes(row.audience))
    await markBounced(db, row.user_id);
}
