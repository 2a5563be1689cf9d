import type { Config } from '../config.ts';
import { inTenant } from '../database/in-tenant.ts';
import type { Database } from '../database/pools.ts';
import { maskLink } from '../domain/email/queue-email.ts';
import type { Log } from '../log.ts';
import { claimEmails, releaseEmails, type ClaimedEmail } from './claim-emails.ts';
import type { EmailRow } from './decide-email.ts';
import { messageHeaders, templateInput, type MailTransport } from './message.ts';
import { prepareEmail, type PreparedEmail } from './prepare-email.ts';
import { recordAccepted, recordFailure } from './record-outcome.ts';
import { renderEmail, type RenderedEmail } from './render-email.ts';
import { smtpFailure, type SmtpFailure } from './smtp-failure.ts';

export interface MailDeps {
  database: Database;
  config: Config;
  transport: MailTransport;
  log: Log;
}

export interface StopSignals {
  /** Asked between two mails. */
  isStopping?: () => boolean;
  /** Ends even the mail that is being sent. */
  signal?: AbortSignal;
}

/** Few at a time, so that the tenants whose turn comes next do not wait long. */
export const BATCH_SIZE = 5;

/** Well within the lease: a server that answers one byte at a time holds a mail no longer than this. */
const LONGEST_SEND = 75_000;

/**
 * Sends up to a batch of one tenant's due mails, one after the other. Between two mails `isStopping` may end it; what
 * was not begun is given back.
 *
 * @returns how many were claimed: a full batch means there may be more
 */
export async function deliverBatch(
  deps: MailDeps,
  tenantId: string,
  { isStopping = () => false, signal }: StopSignals = {},
): Promise<number> {
  const claimed = await inTenant(deps.database, tenantId, (db) => claimEmails(db, BATCH_SIZE));
  const waiting = [...claimed];
  try {
    while (waiting.length > 0 && !isStopping()) await deliverOne(deps, tenantId, waiting.shift()!, signal);
  } finally {
    if (waiting.length > 0) await release(deps, tenantId, waiting);
  }
  return claimed.length;
}

async function deliverOne(
  deps: MailDeps,
  tenantId: string,
  claimed: ClaimedEmail,
  signal: AbortSignal | undefined,
): Promise<void> {
  const prepared = await inTenant(deps.database, tenantId, (db) => prepareEmail(db, deps.config, claimed));
  if (!prepared) return;

  const { copy, failure } = await attempt(deps, prepared, signal);
  const { row } = prepared;
  await persist(row, signal, () =>
    inTenant(deps.database, tenantId, (db) =>
      failure ? recordFailure(db, row, copy, failure) : recordAccepted(db, row, copy!),
    ),
  );
  logAttempt(deps, tenantId, row, failure);
}

function logAttempt(
  { log }: MailDeps,
  tenant: string,
  row: EmailRow,
  failure: SmtpFailure | undefined,
): void {
  const { id: email, template, attempts } = row;
  const said = failure ? 'mail not accepted' : 'mail accepted';
  log.info({ email, tenant, template, attempts, reason: failure?.reason }, said);
}

/** Writes and sends it; the answer holds the copy to be kept, its link masked, and what went wrong if anything did. */
async function attempt(
  { config, transport, log }: MailDeps,
  prepared: PreparedEmail,
  signal: AbortSignal | undefined,
): Promise<{ copy: RenderedEmail | null; failure?: SmtpFailure }> {
  let copy: RenderedEmail | null = null;
  try {
    const letter = templateInput(prepared);
    const rendered = await renderEmail(letter);
    copy = await renderEmail({ ...letter, link: maskLink(letter.link) });
    const tooLong = AbortSignal.timeout(LONGEST_SEND);
    const envelope = messageHeaders(prepared, letter, config);
    await transport.send({ ...envelope, ...rendered }, signal ? AbortSignal.any([signal, tooLong]) : tooLong);
    return { copy };
  } catch (error) {
    if (copy) return { copy, failure: smtpFailure(error) };
    log.error({ err: error, email: prepared.row.id }, 'a mail could not be written');
    return { copy, failure: { is_final: false, reason: 'The mail could not be written' } };
  }
}

/** A mail that has left must not leave again only because the database was away for a moment. */
async function persist(
  row: EmailRow,
  signal: AbortSignal | undefined,
  save: () => Promise<void>,
): Promise<void> {
  for (let wait = 250; ; wait *= 2) {
    try {
      return await save();
    } catch (error) {
      const isTooLate = Date.now() + wait > row.due_at.getTime() - 5_000;
      if (isTooLate || signal?.aborted) throw error;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

async function release(deps: MailDeps, tenantId: string, claimed: readonly ClaimedEmail[]): Promise<void> {
  // Should this fail too, the lease runs out by itself.
  await inTenant(deps.database, tenantId, (db) => releaseEmails(db, claimed)).catch(() => undefined);
}
