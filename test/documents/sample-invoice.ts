import type { InvoiceRows } from '../../src/documents/invoice-document.ts';
import type { InvoiceDetail, Line } from '../../src/domain/invoice/invoice-queries.ts';

/** The tenant, in a language. */
export function contextOf(locale: string) {
  return { locale, time_zone: 'UTC', seller: { name: 'Acme', address: null, tax_number: null } };
}

export function sampleLine(values: Partial<Line> = {}): Line {
  const { unit_cents = 100_00n, net_cents = unit_cents } = values;
  return {
    position: 1,
    kind: 'rent',
    description: 'Rent of unit {unit}',
    description_params: { unit: 'A-12' },
    rental_id: null,
    quantity_milli: 1000n,
    unit_cents,
    net_cents,
    tax_rate_id: null,
    tax_ppm: 0,
    tax_cents: 0n,
    starts_on: null,
    ends_on: null,
    days: null,
    full_days: null,
    full_cents: null,
    credited_net_cents: 0n,
    credited_tax_cents: 0n,
    credits_position: null,
    credits_invoice_id: null,
    ...values,
  };
}

/** An issued invoice of the lines. */
export function sampleInvoice(
  lines: readonly Line[],
  values: Partial<InvoiceDetail> = {},
  { allocations = [], credit_notes = [] }: Partial<InvoiceRows> = {},
): InvoiceRows {
  const net_cents = lines.reduce((sum, line) => sum + line.net_cents, 0n);
  const tax_cents = lines.reduce((sum, line) => sum + line.tax_cents, 0n);
  const invoice: InvoiceDetail = {
    id: 'invoice',
    custom: {},
    kind: 'invoice',
    billing_account_id: 'account',
    number: 42n,
    label: 'INV-00042',
    status: 'sent',
    issued_on: '2026-03-15',
    due_on: '2026-03-29',
    total_cents: net_cents + tax_cents,
    net_cents,
    tax_cents,
    paid_cents: 0n,
    credited_cents: 0n,
    written_off_cents: 0n,
    credit_noted_cents: 0n,
    disputed_cents: 0n,
    due_again_on: null,
    currency: 'USD',
    po_number: null,
    source: 'manual',
    source_key: null,
    version: 1,
    credits_invoice_id: null,
    first_sent_at: null,
    paid_at: null,
    deleted_at: null,
    created_at: new Date('2026-03-15T08:00:00Z'),
    deleted_reason: null,
    written_off_reason: null,
    note: null,
    seller: { name: 'Acme Storage Ltd.', address: '1 Dock Road\nLondon E1 4AB', tax_number: 'GB123' },
    buyer: { name: 'Bolt & Sons', address: '5 High Street\nLeeds', tax_number: null },
    user_id: null,
    company_id: 'company',
    reference: 'RF-3456',
    credit_cents: 0n,
    user_name: null,
    user_email: null,
    company_name: 'Renamed since',
    deleted_by_name: null,
    credits_label: null,
    company_code: null,
    ...values,
  };
  return { invoice, lines, allocations, credit_notes };
}
