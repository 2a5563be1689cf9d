import type { Config } from '../config.ts';
import { inTenant } from '../database/in-tenant.ts';
import type { Database } from '../database/pools.ts';
import { claim, release, type Claimed } from '../database/queue.ts';
import { emailQueue, MASKED_TOKEN } from '../domain/email/queue-email.ts';
import type { Log } from '../log.ts';
import type { EmailRow } from './decide-email.ts';
import { messageHeaders, type MailTransport } from './message.ts';
import { prepareEmail, type PreparedEmail } from './prepare-email.ts';
import { recordAccepted, recordFailure } from './record-outcome.ts';
import { renderEmail, templateInput, type RenderedEmail } from './render-email.ts';
import { smtpFailure, type SmtpFailure } from './smtp-failure.ts';

export interface MailDeps {
  database: Database;
  config: Config;
  transport: MailTransport;
  log: Log;
}

export interface StopSignals {
  isStopping?: () => boolean;
  signal?: AbortSignal;
}

/** Small, so that other tenants do not wait long. */
export const BATCH_SIZE = 5;

const LEASE_MS = emailQueue.leaseSeconds * 1000;

/** The other emails of the tenant wait meanwhile. */
const MAX_RETRY_WAIT_MS = 1_000;

/** Less than the lease. */
const SEND_TIMEOUT_MS = 75_000;

/** Returns the number of claimed emails. After a full batch there may be more. */
export async function deliverBatch(
  deps: MailDeps,
  tenantId: string,
  { isStopping = () => false, signal }: StopSignals = {},
): Promise<number> {
  const claimed = await inTenant(deps.database, tenantId, (db) => claim(db, emailQueue, BATCH_SIZE));
  const waiting = [...claimed];
  try {
    while (waiting.length > 0 && !isStopping()) await deliverEmail(deps, tenantId, waiting.shift()!, signal);
  } finally {
    if (waiting.length > 0) await releaseEmails(deps, tenantId, waiting);
  }
  return claimed.length;
}

/** `copy` is stored. It is null if rendering failed. */
interface Attempt {
  row: EmailRow;
  copy: RenderedEmail | null;
  failure?: SmtpFailure;
}

/** By id: accepted by the mail server, but the database could not record it before the lease ended. Never sent again. */
const unrecorded = new Map<string, Attempt>();

async function deliverEmail(
  deps: MailDeps,
  tenantId: string,
  claimed: Claimed,
  signal: AbortSignal | undefined,
): Promise<void> {
  const startedAt = performance.now();
  const attempt = unrecorded.get(claimed.id) ?? (await attemptEmail(deps, tenantId, claimed, signal));
  if (!attempt) return;

  const { row, copy, failure } = attempt;
  if (!failure) unrecorded.set(row.id, attempt);
  await retryUntilLeaseEnds(startedAt, signal, () =>
    inTenant(deps.database, tenantId, (db) =>
      failure ? recordFailure(db, row, copy, failure) : recordAccepted(db, row, copy!),
    ),
  );
  unrecorded.delete(row.id);
  logAttempt(deps, tenantId, attempt);
}

/** Returns undefined if the email is not to be sent. */
async function attemptEmail(
  deps: MailDeps,
  tenantId: string,
  claimed: Claimed,
  signal: AbortSignal | undefined,
): Promise<Attempt | undefined> {
  const prepared = await inTenant(deps.database, tenantId, (db) => prepareEmail(db, deps.config, claimed));
  return prepared && { row: prepared.row, ...(await sendEmail(deps, prepared, signal)) };
}

function logAttempt({ log }: MailDeps, tenant: string, { row, failure }: Attempt): void {
  const { id: email, template, attempts } = row;
  const message = failure ? 'email not accepted' : 'email accepted';
  log.info({ email, tenant, template, attempts, reason: failure?.reason }, message);
}

async function sendEmail(
  { config, transport, log }: MailDeps,
  prepared: PreparedEmail,
  signal: AbortSignal | undefined,
): Promise<Omit<Attempt, 'row'>> {
  let copy: RenderedEmail | null = null;
  try {
    const context = templateInput(prepared);
    const rendered = renderEmail(context);
    copy = maskToken(rendered, prepared.token);
    const timeout = AbortSignal.timeout(SEND_TIMEOUT_MS);
    const headers = messageHeaders(prepared, context.locale, config);
    await transport.send({ ...headers, ...rendered }, signal ? AbortSignal.any([signal, timeout]) : timeout);
    return { copy };
  } catch (error) {
    if (copy) return { copy, failure: smtpFailure(error) };
    log.error({ err: error, email: prepared.row.id }, 'an email could not be rendered');
    return { copy, failure: { is_final: false, reason: 'The email could not be rendered' } };
  }
}

/** Staff can read stored copies but must not be able to use the links. */
function maskToken({ subject, text, html }: RenderedEmail, token: string | null): RenderedEmail {
  const mask = (part: string) => (token === null ? part : part.replaceAll(token, MASKED_TOKEN));
  return { subject: mask(subject), text: mask(text), html: mask(html) };
}

/** An accepted email must not be sent again because the database was unavailable for a short time. */
async function retryUntilLeaseEnds(
  startedAt: number,
  signal: AbortSignal | undefined,
  save: () => Promise<void>,
): Promise<void> {
  for (let wait = 250; ; wait = Math.min(wait * 2, MAX_RETRY_WAIT_MS)) {
    try {
      return await save();
    } catch (error) {
      const isTooLate = performance.now() - startedAt + wait > LEASE_MS - 5_000;
      if (isTooLate || signal?.aborted) throw error;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

async function releaseEmails(deps: MailDeps, tenantId: string, claimed: readonly Claimed[]): Promise<void> {
  // If this fails, the emails are due again at the end of the lease.
  await inTenant(deps.database, tenantId, (db) => release(db, emailQueue, claimed)).catch(() => undefined);
}
