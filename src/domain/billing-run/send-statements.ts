import { NIL_ID } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { lockAccounts } from '../billing-account/billing-account.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { addDays, type CivilDate } from '../billing/civil-date.ts';
import { queueBillingEmails } from '../email/queue-billing-emails.ts';
import { firstOfMonth } from './billing-run.ts';
import { batchOf, NOTHING, type RunStep } from './run-step.ts';

const MAX_STATEMENTS = 500;

export interface DueStatement {
  id: string;
  currency: string;
  receivable_cents: bigint;
}

/** Of the month before, to customers who owe or whose account had a movement. Each account gets it once. */
export const sendStatements: RunStep<DueStatement> = {
  list: async (db, { billing }, after) => {
    const rows = billing.sends_statements ? await listAccounts(db, billing, after?.[0] ?? NIL_ID) : [];
    return batchOf(rows, MAX_STATEMENTS, ({ id }) => [id]);
  },
  process: async (db, { billing }, rows) => {
    const { from, until } = lastMonth(billing);
    const ids = await markSent(
      db,
      rows.map(({ id }) => id),
      until,
    );
    const due = rows.filter(({ id }) => ids.has(id));
    const emails = due.map(({ id, currency, receivable_cents }) => ({
      template: 'statement' as const,
      billing_account_id: id,
      path: '/billing/statements',
      variables: { on: from, until, currency, open_cents: String(receivable_cents) },
    }));
    await queueBillingEmails(db, billing, emails);
    return NOTHING;
  },
  describe: ({ id }) => ({ id, path: undefined, name: 'Account' }),
};

function lastMonth({ today }: Pick<Billing, 'today'>): { from: CivilDate; until: CivilDate } {
  const until = addDays(firstOfMonth(today), -1);
  return { from: firstOfMonth(until), until };
}

/** Returns the accounts to which another run has not sent it since. */
async function markSent(
  db: TenantDb,
  ids: readonly string[],
  until: CivilDate,
): Promise<ReadonlySet<string>> {
  await lockAccounts(db, ids);
  const { rows } = await db.raw<{ rows: { id: string }[] }>(
    `update billing_accounts set statement_until = ?
     where tenant_id = ? and id = any(?::uuid[]) and (statement_until is null or statement_until < ?::date)
     returning id`,
    [until, db.tenantId, [...ids], until],
  );
  return new Set(rows.map(({ id }) => id));
}

async function listAccounts(db: TenantDb, billing: Billing, after: string): Promise<DueStatement[]> {
  const { from, until } = lastMonth(billing);
  const { rows } = await db.raw<{ rows: DueStatement[] }>(
    `select b.id, b.currency, b.receivable_cents from billing_accounts b
     where b.tenant_id = ? and b.id > ? and b.closed_at is null and (b.statement_until is null or b.statement_until < ?::date)
       and (b.receivable_cents > 0 or exists (
       select 1 from ledger_entries l
       where l.tenant_id = ? and l.billing_account_id = b.id and l.effective_on between ?::date and ?::date))
     order by b.id limit ${MAX_STATEMENTS}`,
    [db.tenantId, after, until, db.tenantId, from, until],
  );
  return rows;
}
