import { convertRead } from '../../database/in-tenant.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { groupBy } from '../../group-by.ts';
import type { Owner } from '../billing-account/billing-account.ts';
import { later, type CivilDate } from '../billing/civil-date.ts';
import { minimumCharge } from '../gateway/chargeable-amounts.ts';
import { openSql } from '../invoice/invoice.ts';
import type { MethodFace } from '../payment-method/payment-method.ts';
import type { PaymentChannel } from './payment.ts';

/** An invoice that autopay charges, with the method. */
export interface AutopayInvoice extends MethodFace {
  id: string;
  billing_account_id: string;
  label: string;
  status: 'sent' | 'failed';
  currency: string;
  /** The due day, or the later one on which a short payment was rejected. */
  charge_on: CivilDate;
  /** Open and not disputed. */
  amount_cents: bigint;
  is_announced: boolean;
  method_id: string;
  gateway_id: string;
  service: Extract<PaymentChannel, 'stripe' | 'sandbox'>;
}

/** Of accounts with autopay and a default method that can be charged. */
const ACCOUNTS = `billing_accounts b
  join payment_methods m on m.tenant_id = b.tenant_id and m.billing_account_id = b.id and m.is_default and m.status = 'active'
  join gateways g on g.tenant_id = m.tenant_id and g.id = m.gateway_id and g.is_active
  join invoices i on i.tenant_id = b.tenant_id and i.billing_account_id = b.id
  cross join lateral (select greatest(i.due_on, i.due_again_on) as charge_on) d`;

/**
 * Autopay charges an invoice once. Then its own retries follow, or the customer pays; a charge that the customer has
 * scheduled or that the bank has taken back is not repeated. Customers pay an imported opening balance themselves.
 */
const IS_WANTED = `b.tenant_id = ? and b.autopay_since is not null and i.kind = 'invoice' and i.source <> 'import' and ${openSql('i')} > i.disputed_cents
  and not exists (
    select 1 from payment_invoices q join payments p on p.tenant_id = q.tenant_id and p.id = q.payment_id
    where q.tenant_id = i.tenant_id and q.invoice_id = i.id and (p.status in ('scheduled', 'charged_back')
      or p.next_retry_on is not null or (p.started_by = 'autopay' and p.received_on >= d.charge_on)))`;

const IS_CHARGED = `${IS_WANTED} and i.status in ('sent', 'failed')`;

/** The accounts with an invoice that is charged on the day or before, in the order of their ids. */
export async function listAccountsToCharge(
  db: TenantDb,
  until: CivilDate,
  { after, limit, isUnannounced = false }: { after: string; limit: number; isUnannounced?: boolean },
): Promise<{ id: string }[]> {
  const { rows } = await db.raw<{ rows: { id: string }[] }>(
    `select distinct b.id from ${ACCOUNTS}
     where ${IS_CHARGED} and d.charge_on <= ?::date and b.id > ?
       ${isUnannounced ? 'and i.charge_announced_at is null' : ''}
     order by b.id limit ?`,
    [db.tenantId, until, after, limit],
  );
  return rows;
}

/** Of the accounts, in the order in which they are charged. */
export async function listAutopayInvoices(
  db: TenantDb,
  accountIds: readonly string[],
): Promise<AutopayInvoice[]> {
  return (await selectInvoices(db, 'b.id = any(?::uuid[])', [...accountIds])).rows;
}

/** The same for a page, which sends it with its other reads. */
export function findAutopayInvoices(db: TenantDb, accountIds: readonly string[]) {
  return convertRead(selectInvoices(db, 'b.id = any(?::uuid[])', [...accountIds]), ({ rows }) => rows);
}

/** Of all accounts of the owner, for a page. */
export function readAutopayInvoices(db: TenantDb, owner: Owner) {
  const [[name, id]] = Object.entries(owner) as [['user_id' | 'company_id', string]];
  return convertRead(selectInvoices(db, `b.${name} = ?`, id), ({ rows }) => rows);
}

/** For a statement about several accounts. It has a placeholder for the tenant. */
export function autopayInvoicesSql(accountId: string): string {
  return `select i.currency, d.charge_on, ${openSql('i')} - i.disputed_cents as amount_cents
    from ${ACCOUNTS} where ${IS_CHARGED} and b.id = ${accountId}`;
}

function selectInvoices(db: TenantDb, condition: string, value: string | string[]) {
  return db.raw<{ rows: AutopayInvoice[] }>(
    `select i.id, b.id as billing_account_id, i.label, i.status, i.currency, d.charge_on,
       ${openSql('i')} - i.disputed_cents as amount_cents, i.charge_announced_at is not null as is_announced,
       m.id as method_id, m.type, m.brand, m.last4, m.bank_name, g.id as gateway_id, g.service
     from ${ACCOUNTS} where ${IS_CHARGED} and ${condition}
     order by b.id, d.charge_on, i.number`,
    [db.tenantId, value],
  );
}

/** Invoices that autopay would charge on the day or before, if the customer had not opened a page to pay them. */
export async function listInvoicesOnPages(db: TenantDb, until: CivilDate): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { id: string }[] }>(
    `select i.id from ${ACCOUNTS}
     join payments o on o.tenant_id = i.tenant_id and o.id = i.pending_payment_id
     where ${IS_WANTED} and i.status = 'pending' and o.status = 'requires_action' and o.payment_method_id is null
       and d.charge_on <= ?::date
     order by i.id`,
    [db.tenantId, until],
  );
  return rows.map(({ id }) => id);
}

type PlannedInvoice = Pick<AutopayInvoice, 'currency' | 'charge_on' | 'amount_cents'>;

export interface PlannedCharge<Invoice extends PlannedInvoice = AutopayInvoice> {
  on: CivilDate;
  invoices: readonly Invoice[];
  amount_cents: bigint;
  /** Less than the payment service charges: it is added to the next charge. */
  is_too_small: boolean;
}

/** The charges of one account, the next one first. Nothing is charged before the first day. */
export function planCharges<Invoice extends PlannedInvoice>(
  invoices: readonly Invoice[],
  firstDay: CivilDate,
): PlannedCharge<Invoice>[] {
  const planned: PlannedCharge<Invoice>[] = [];
  const days = groupBy(invoices, ({ charge_on }) => later(charge_on, firstDay));
  let waiting: readonly Invoice[] = [];
  for (const on of [...days.keys()].toSorted()) {
    const charged = [...waiting, ...days.get(on)!];
    const amount_cents = charged.reduce((sum, invoice) => sum + invoice.amount_cents, 0n);
    const is_too_small = amount_cents < minimumCharge(charged[0]!.currency);
    planned.push({ on, invoices: charged, amount_cents, is_too_small });
    waiting = is_too_small ? charged : [];
  }
  return planned;
}

/** What a customer is told: the next charge, or an amount that waits because it is too small. */
export function nextPlanned<Invoice extends PlannedInvoice>(
  invoices: readonly Invoice[],
  today: CivilDate,
): PlannedCharge<Invoice> | undefined {
  const planned = planCharges(invoices, today);
  return planned.find(({ is_too_small }) => !is_too_small) ?? planned.at(-1);
}
