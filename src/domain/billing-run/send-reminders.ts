import { NIL_ID } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Billing } from '../billing/billing-settings.ts';
import type { CivilDate } from '../billing/civil-date.ts';
import { queueBillingEmails } from '../email/queue-billing-emails.ts';
import { openSql } from '../invoice/invoice.ts';
import { batchOf, NOTHING, type RunStep } from './run-step.ts';

const MAX_REMINDERS = 500;

export interface DueReminder {
  id: string;
  /** The position of the number of days in the settings, from 1; after a rejected dispute it goes on with the next one. */
  number: number;
  billing_account_id: string;
  label: string;
  due_on: CivilDate;
  currency: string;
  balance_cents: bigint;
}

/**
 * At most one for an invoice and a run: of several that are due, the last one. They start again, with the next number, on
 * the day on which a short payment is rejected.
 */
export const sendReminders: RunStep<DueReminder> = {
  list: async (db, { billing }, after) => {
    const rows = await listDueReminders(db, billing, after?.[0] ?? NIL_ID);
    return batchOf(rows, MAX_REMINDERS, ({ id }) => [id]);
  },
  process: async (db, { billing }, rows) => {
    const { rows: stored } = await db.raw<{ rows: { invoice_id: string }[] }>(
      `insert into invoice_reminders (tenant_id, invoice_id, number, sent_at)
       select ?::uuid, r.id, r.number, ?::timestamptz from unnest(?::uuid[], ?::int[]) r (id, number)
       on conflict do nothing returning invoice_id`,
      [db.tenantId, billing.now, rows.map(({ id }) => id), rows.map(({ number }) => number)],
    );
    const ids = new Set(stored.map(({ invoice_id }) => invoice_id));
    const emails = rows.filter(({ id }) => ids.has(id)).map(emailOf);
    await queueBillingEmails(db, billing, emails);
    return { ...NOTHING, invoices: emails.length };
  },
  describe: ({ id, label }) => ({ id, path: `/invoices/${id}`, name: label }),
};

async function listDueReminders(
  db: TenantDb,
  { today, time_zone, reminder_days }: Billing,
  after: string,
): Promise<DueReminder[]> {
  const { rows } = await db.raw<{ rows: DueReminder[] }>(
    `select * from (
       select i.id, i.billing_account_id, i.label, i.due_on, i.currency,
         ${openSql('i')} - i.disputed_cents as balance_cents,
         coalesce((select max(s.number) from invoice_reminders s
           where s.tenant_id = ? and s.invoice_id = i.id
             and cast(s.sent_at at time zone ? as date) < i.due_again_on), 0)
         + (select count(*)::int from unnest(?::int[]) d (days)
          where greatest(cast(i.first_sent_at at time zone ? as date), i.due_again_on) + d.days <= ?::date) as number,
         coalesce((select max(s.number) from invoice_reminders s
           where s.tenant_id = ? and s.invoice_id = i.id), 0) as sent
       from invoices i
       where i.tenant_id = ? and i.kind = 'invoice' and i.status in ('sent', 'failed')
         and i.first_sent_at is not null and ${openSql('i')} > i.disputed_cents and i.id > ?
     ) due where number > sent order by id limit ${MAX_REMINDERS}`,
    [db.tenantId, time_zone, [...reminder_days], time_zone, today, db.tenantId, db.tenantId, after],
  );
  return rows;
}

function emailOf({ id, billing_account_id, label, due_on, currency, balance_cents }: DueReminder) {
  return {
    template: 'invoiceReminder' as const,
    billing_account_id,
    path: `/billing/invoices/${id}`,
    variables: { invoice_id: id, label, due_on, currency, open_cents: String(balance_cents) },
  };
}
