import { column, nullable, pick, selectRow, selectRows, type RowOf } from '../../database/columns.ts';
import { oneOf } from '../../database/list-filters.ts';
import { list } from '../../database/list.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Row } from '../../database/tables.ts';

export type ShortPaymentStatus = Row<'short_payments'>['status'];

/** `settled`: paid or credited without a decision. */
export type DisputeState = 'open' | 'accepted' | 'rejected' | 'settled';

export function disputeState({
  status,
  disputed_cents,
}: {
  status: ShortPaymentStatus;
  disputed_cents: bigint;
}): DisputeState {
  if (status === 'accepted' || status === 'rejected') return status;
  return disputed_cents > 0n ? 'open' : 'settled';
}

const shownColumns = {
  ...pick('short_payments as s', 'id', 'invoice_id', 'payment_id', 'amount_cents', 'reason', 'comment'),
  ...pick('short_payments as s', 'status', 'created_at', 'decided_on', 'decision_reason'),
  ...pick('invoices as i', 'label', 'currency', 'disputed_cents'),
  opened_by_name: nullable(column('users as o', 'name')),
  opened_by_email: nullable(column('users as o', 'email')),
  decided_by_name: nullable(column('users as d', 'name')),
};

const listedColumns = {
  ...shownColumns,
  ...pick('billing_accounts as b', 'user_id', 'company_id'),
  company_name: nullable(column('companies as c', 'name')),
  user_name: nullable(column('users as u', 'name')),
  user_email: nullable(column('users as u', 'email')),
};

export type ListedShortPayment = RowOf<typeof listedColumns>;
export type ShortPayment = RowOf<typeof shownColumns>;

/** What a decision is about: less than was disputed if a part was paid or credited meanwhile. */
export function decidableCents({ amount_cents, disputed_cents }: DecidableSums): bigint {
  return amount_cents < disputed_cents ? amount_cents : disputed_cents;
}

interface DecidableSums {
  amount_cents: bigint;
  disputed_cents: bigint;
}

/** Those whose payment has not succeeded are left out. */
export const shortPaymentList = list({
  from: 'short_payments as s',
  join: (shorts) =>
    void shorts
      .join('invoices as i', { 'i.tenant_id': 's.tenant_id', 'i.id': 's.invoice_id' })
      .join('billing_accounts as b', { 'b.tenant_id': 's.tenant_id', 'b.id': 's.billing_account_id' })
      .leftJoin('companies as c', { 'c.tenant_id': 'b.tenant_id', 'c.id': 'b.company_id' })
      .leftJoin('users as u', { 'u.tenant_id': 'b.tenant_id', 'u.id': 'b.user_id' })
      .leftJoin('users as o', { 'o.tenant_id': 's.tenant_id', 'o.id': 's.opened_by' })
      .leftJoin('users as d', { 'd.tenant_id': 's.tenant_id', 'd.id': 's.decided_by' }),
  where: (shorts) => void shorts.whereRaw(`s.status in ('open', 'accepted', 'rejected')`),
  columns: () => listedColumns,
  orders: { opened: { columns: ['s.id'], fields: ['id'] } },
  defaultSort: '-opened',
  within: {
    state: oneOf(['open', 'closed'], (shorts, state, { db }) => {
      const invoices = db.visible('invoices as v').whereRaw('v.id = s.invoice_id');
      if (state === 'open') {
        void shorts.where('s.status', 'open').whereExists(invoices.where('v.disputed_cents', '>', 0));
        return;
      }
      void shorts.where((closed) => {
        void closed.whereIn('s.status', ['accepted', 'rejected']);
        void closed.orWhereExists(invoices.where('v.disputed_cents', 0));
      });
    }),
  },
});

/** The latest first. */
export function listShortPaymentsOf(db: TenantDb, invoiceId: string) {
  return selectRows(
    withPeople(db).where('s.invoice_id', invoiceId).orderBy('s.id', 'desc').limit(100),
    shownColumns,
  );
}

export function findShortPayment(db: TenantDb, id: string) {
  const dispute = withPeople(db)
    .join('billing_accounts as b', { 'b.tenant_id': 's.tenant_id', 'b.id': 's.billing_account_id' })
    .leftJoin('companies as c', { 'c.tenant_id': 'b.tenant_id', 'c.id': 'b.company_id' })
    .leftJoin('users as u', { 'u.tenant_id': 'b.tenant_id', 'u.id': 'b.user_id' })
    .where('s.id', id);
  return selectRow(dispute, listedColumns);
}

function withPeople(db: TenantDb) {
  return db
    .visible('short_payments as s')
    .join('invoices as i', { 'i.tenant_id': 's.tenant_id', 'i.id': 's.invoice_id' })
    .leftJoin('users as o', { 'o.tenant_id': 's.tenant_id', 'o.id': 's.opened_by' })
    .leftJoin('users as d', { 'd.tenant_id': 's.tenant_id', 'd.id': 's.decided_by' })
    .whereRaw(`s.status in ('open', 'accepted', 'rejected')`);
}
