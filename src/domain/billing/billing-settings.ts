import { column, nullable, pick, selectRow, type RowOf } from '../../database/columns.ts';
import { convertRead } from '../../database/in-tenant.ts';
import type { Row } from '../../database/tables.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { CivilDate } from './civil-date.ts';

const settingsColumns = pick(
  'billing_settings',
  'cycle',
  'invoice_day',
  'days_ahead',
  'proration',
  'first_invoice',
  'stub_and_next_from_day',
  'move_out_credit',
  'notice_days',
  'payment_terms_days',
  'overdue_after_days',
  'lock_out_after_days',
  'billing_trigger',
  'invoice_per',
  'applies_credit',
  'reminder_days',
  'charge_notice_days',
  'autopay_time',
  'retry_days',
  'short_pay_reasons',
  'reservation_hours',
  'is_agreement_required',
  'sends_statements',
  'invoice_prefix',
  'credit_note_prefix',
  'invoice_digits',
  'bank_details',
  'version',
);

export type BillingSettings = RowOf<typeof settingsColumns>;

export function findBillingSettings(db: TenantDb) {
  return selectRow(db.from('billing_settings'), settingsColumns);
}

/** What the rules of billing need to know of the tenant. */
export interface Billing extends BillingSettings {
  now: Date;
  /** In the time zone of the tenant. */
  today: CivilDate;
  currency: string;
  time_zone: string;
  locale: string;
  /** The payment service; null without one. */
  gateway_id: string | null;
  gateway_mode: Row<'gateways'>['mode'] | null;
  seller: Party;
  /** False while history is entered: customers get no email about it. */
  sends_emails: boolean;
}

/** A side of an invoice, as it is copied into it. */
export interface Party {
  name: string;
  address: string | null;
  tax_number: string | null;
}

const tenantColumns = pick(
  'tenants as t',
  'name',
  'address',
  'tax_number',
  'currency',
  'time_zone',
  'locale',
);

export async function getBilling(db: TenantDb): Promise<Billing> {
  return toBilling(await selectBilling(db));
}

/** The same for a page, which sends it with its other reads. */
export function findBilling(db: TenantDb) {
  return convertRead(selectBilling(db), toBilling);
}

function selectBilling(db: TenantDb) {
  const rows = db
    .from('billing_settings')
    .join('tenants as t', 't.id', 'billing_settings.tenant_id')
    .leftJoin('gateways as g', (gateways) => {
      void gateways.on('g.tenant_id', 'billing_settings.tenant_id').andOn('g.is_active', db.raw('true'));
    });
  return selectRow(rows, {
    ...settingsColumns,
    ...tenantColumns,
    gateway_id: nullable(column('gateways as g', 'id')),
    gateway_mode: nullable(column('gateways as g', 'mode')),
    now: db.raw<Date>(db.now),
    today: db.raw<CivilDate>(`cast(${db.now} at time zone t.time_zone as date)`),
  });
}

function toBilling(row: Awaited<ReturnType<typeof selectBilling>>): Billing {
  const { name, address, tax_number, ...billing } = found(row);
  return { ...billing, seller: { name, address, tax_number }, sends_emails: true };
}
