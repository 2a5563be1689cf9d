import { convertRead } from '../../database/in-tenant.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { CivilDate } from '../billing/civil-date.ts';
import { openSql, openStatuses } from '../invoice/invoice.ts';
import { IS_OWED } from '../payment/own-payments.ts';
import { autopayInvoicesSql, nextPlanned, type PlannedCharge } from '../payment/planned-charges.ts';

/** What the first page shows of an account. */
export interface AccountSummary {
  id: string;
  company_id: string | null;
  currency: string;
  reference: string;
  receivable_cents: bigint;
  has_autopay: boolean;
  /** Reserved and rented. */
  units: number;
  /** Of payments on their way. */
  pending_cents: bigint;
  /** Of payments that the customer has to continue or cancel. */
  unfinished_cents: bigint;
  /** What is to be paid on the first day: all that is due, else what is due next. Null if nothing is. */
  next_cents: bigint | null;
  next_due_on: CivilDate | null;
  is_overdue: boolean | null;
  /** Of autopay: an amount that is too small waits for the next invoice. Null if nothing is charged. */
  charge: Pick<PlannedCharge, 'on' | 'amount_cents' | 'is_too_small'> | null;
  /** Scheduled, or to be tried again after a failure. Null without one. */
  coming: { status: 'scheduled' | 'failed'; on: CivilDate; amount_cents: bigint } | null;
  /** The default method. Null without one. */
  method_type: string | null;
  /** Of the card or the bank. */
  method_name: string | null;
  method_last4: string | null;
  /** It is expired or was refused. */
  method_needs_attention: boolean;
  /** The default method is one of a former payment service and cannot be charged. */
  has_former_method: boolean;
  last_label: string | null;
  last_issued_on: CivilDate | null;
  last_total_cents: bigint | null;
}

export interface AccountSummaries {
  /** Whether customers can pay by card or from a bank account. */
  has_gateway: boolean;
  accounts: AccountSummary[];
}

/** Amounts in JSON are texts. */
type Row = Omit<AccountSummary, 'charge' | 'coming'> & {
  today: CivilDate;
  charges: { currency: string; charge_on: CivilDate; amount_cents: string }[] | null;
  coming: { status: 'scheduled' | 'failed'; on: CivilDate; amount_cents: string } | null;
};

/** Of a person and of the companies that they act for. */
export function listAccountSummaries(db: TenantDb, userId: string, companyIds: readonly string[]) {
  const { tenantId } = db;
  const read = db.raw<{ rows: ({ has_gateway: boolean } & (Row | { id: null }))[] }>(
    `select g.id is not null as has_gateway, b.id, b.company_id, b.currency, b.reference, b.receivable_cents,
       b.autopay_since is not null as has_autopay, r.units, w.pending_cents, w.unfinished_cents,
       n.cents as next_cents, n.due_on as next_due_on, n.is_overdue, d.today, c.charges, f.coming,
       m.type as method_type, case when m.type = 'card' then m.brand else m.bank_name end as method_name,
       m.last4 as method_last4, coalesce(m.gateway_id <> g.id, false) as has_former_method,
       coalesce(m.status <> 'active' or make_date(m.exp_year, m.exp_month, 1) + interval '1 month' <= d.today, false)
         as method_needs_attention,
       l.label as last_label, l.issued_on as last_issued_on, l.total_cents as last_total_cents
     from billing_settings s
     join tenants t on t.id = s.tenant_id
     cross join lateral (select cast(${db.now} at time zone t.time_zone as date) as today) d
     left join gateways g on g.tenant_id = ? and g.is_active
     left join billing_accounts b on b.tenant_id = ? and b.closed_at is null and (b.user_id = ? or b.company_id = any(?::uuid[]))
     left join payment_methods m on m.tenant_id = ? and m.billing_account_id = b.id and m.is_default
     cross join lateral (select b.id as account_id) k
     left join lateral (${UNITS}) r on true
     left join lateral (${PENDING}) w on true
     left join lateral (${NEXT}) n on true
     left join lateral (${LAST}) l on true
     left join lateral (${CHARGES}) c on true
     left join lateral (${COMING}) f on true
     where s.tenant_id = ?
     order by b.currency`,
    [tenantId, tenantId, userId, [...companyIds], ...Array.from({ length: 9 }, () => tenantId)],
  );
  return convertRead(read, ({ rows }): AccountSummaries => ({
    has_gateway: rows.some(({ has_gateway }) => has_gateway),
    accounts: rows.filter((row): row is { has_gateway: boolean } & Row => row.id !== null).map(toSummary),
  }));
}

const NO_METHOD = {
  method_type: null,
  method_name: null,
  method_last4: null,
  method_needs_attention: false,
};

function toSummary({ charges, coming, today, ...account }: Row): AccountSummary {
  const invoices = (charges ?? []).map((charge) => ({
    ...charge,
    amount_cents: BigInt(charge.amount_cents),
  }));
  const { on, amount_cents, is_too_small } = nextPlanned(invoices, today) ?? {};
  return {
    ...account,
    ...(account.has_former_method && NO_METHOD),
    charge: on === undefined ? null : { on, amount_cents: amount_cents!, is_too_small: is_too_small! },
    coming: coming && { ...coming, amount_cents: BigInt(coming.amount_cents) },
  };
}

const UNITS = `
  select cast(count(*) as int) as units from rentals o
  where o.tenant_id = ? and o.billing_account_id = b.id and o.status in ('reserved', 'active')`;

const PENDING = `
  select cast(coalesce(sum(${openSql('i')}) filter (where i.status = 'pending' and y.id is null), 0) as bigint) as pending_cents,
    cast(coalesce(sum(${openSql('i')}) filter (where y.id is not null), 0) as bigint) as unfinished_cents
  from invoices i
  left join payments y on y.tenant_id = i.tenant_id and y.id = i.pending_payment_id and y.status = 'requires_action'
  where i.tenant_id = ? and i.billing_account_id = b.id and i.status = any('{${openStatuses.join()}}'::text[])`;

/** Neither what is on its way nor what is disputed. */
const NEXT = `
  select o.day, min(o.due_on) as due_on, cast(sum(o.cents) as bigint) as cents, bool_or(o.is_overdue) as is_overdue
  from (
    select i.due_on, greatest(i.due_on, d.today) as day, greatest(i.due_on, i.due_again_on) < d.today - s.overdue_after_days as is_overdue,
      ${openSql('i')} - i.disputed_cents as cents
    from invoices i
    where i.tenant_id = ? and i.billing_account_id = b.id and i.kind = 'invoice' and i.status in ('sent', 'failed')) o
  where o.cents > 0
  group by o.day order by o.day limit 1`;

const LAST = `
  select i.label, i.issued_on, i.total_cents from invoices i
  where i.tenant_id = ? and i.billing_account_id = b.id and i.kind = 'invoice' and i.number is not null
    and i.status <> 'deleted'
  order by i.issued_on desc, i.id desc limit 1`;

const CHARGES = `
  select jsonb_agg(jsonb_build_object('currency', x.currency, 'charge_on', x.charge_on,
    'amount_cents', cast(x.amount_cents as text))) as charges
  from (${autopayInvoicesSql('k.account_id')}) x`;

const COMING = `
  select jsonb_build_object('status', p.status, 'on', case when p.status = 'scheduled' then p.scheduled_on else p.next_retry_on end,
    'amount_cents', cast(p.amount_cents as text)) as coming
  from payments p
  where p.tenant_id = ? and p.billing_account_id = b.id
    and (p.status = 'scheduled' or p.status = 'failed' and p.next_retry_on is not null and ${IS_OWED})
  order by case when p.status = 'scheduled' then p.scheduled_on else p.next_retry_on end limit 1`;
