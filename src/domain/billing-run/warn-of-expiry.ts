import { NIL_ID } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { lockAccounts } from '../billing-account/billing-account.ts';
import { addDays, type CivilDate } from '../billing/civil-date.ts';
import { queueBillingEmails } from '../email/queue-billing-emails.ts';
import { describeMethod, type MethodFace } from '../payment-method/payment-method.ts';
import { batchOf, NOTHING, type RunStep } from './run-step.ts';

const MAX_METHODS = 500;
const [FIRST_WARNING_DAYS, LAST_WARNING_DAYS] = [30, 7];

interface ExpiringMethod extends MethodFace {
  id: string;
  billing_account_id: string;
  expires_on: CivilDate;
  warning_days: number;
}

/** Each payment method is warned about 30 and 7 days before its last day, at most once each. */
export const warnOfExpiry: RunStep<ExpiringMethod> = {
  list: async (db, { billing }, after) => {
    const rows = await listExpiring(db, billing.today, { after: after?.[0] ?? NIL_ID });
    return batchOf(rows, MAX_METHODS, ({ id }) => [id]);
  },
  process: async (db, { billing }, rows) => {
    await lockAccounts(
      db,
      rows.map(({ billing_account_id }) => billing_account_id),
    );
    const methods = await listExpiring(db, billing.today, { ids: rows.map(({ id }) => id) });
    for (const days of [FIRST_WARNING_DAYS, LAST_WARNING_DAYS]) markWarned(db, methods, days);
    const emails = methods.map(({ billing_account_id, expires_on, ...face }) => ({
      template: 'paymentMethodExpiring' as const,
      billing_account_id,
      path: '/billing/payment-methods',
      variables: { on: expires_on, method: describeMethod(face) },
    }));
    await queueBillingEmails(db, billing, emails);
    return NOTHING;
  },
  describe: ({ id, ...face }) => ({ id, path: undefined, name: describeMethod(face) }),
};

function markWarned(db: TenantDb, methods: readonly ExpiringMethod[], days: number): void {
  const ids = methods.filter(({ warning_days }) => warning_days === days).map(({ id }) => id);
  if (ids.length === 0) return;
  const rows = db.from('payment_methods').whereRaw('payment_methods.id = any(?::uuid[])', [ids]);
  db.defer(rows.update({ expiry_warned_days: days, version: db.raw('version + 1') }));
}

/** Those after the id, or with the ids. */
async function listExpiring(
  db: TenantDb,
  today: CivilDate,
  { after = NIL_ID, ids = null }: { after?: string; ids?: readonly string[] | null },
): Promise<ExpiringMethod[]> {
  const lastWarning = addDays(today, LAST_WARNING_DAYS);
  const { rows } = await db.raw<{ rows: ExpiringMethod[] }>(
    `select * from (
       select id, billing_account_id, type, brand, last4, bank_name, expiry_warned_days, expires_on,
         case when expires_on <= ?::date then ${LAST_WARNING_DAYS} else ${FIRST_WARNING_DAYS} end as warning_days
       from (select *, cast(make_date(exp_year, exp_month, 1) + interval '1 month' as date) - 1 as expires_on
         from payment_methods
         where tenant_id = ? and status = 'active' and exp_year is not null and exp_month is not null) m
       where expires_on between ?::date and ?::date
     ) due
     where (expiry_warned_days is null or expiry_warned_days > warning_days) and id > ?
       and (?::uuid[] is null or id = any(?::uuid[]))
     order by id limit ${MAX_METHODS}`,
    [
      lastWarning,
      db.tenantId,
      today,
      addDays(today, FIRST_WARNING_DAYS),
      after,
      ids && [...ids],
      ids && [...ids],
    ],
  );
  return rows;
}
