import type { Row } from '../../database/tables.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { addDays, type CivilDate } from '../billing/civil-date.ts';

type InvoiceRow = Row<'invoices'>;

export type InvoiceStatus = InvoiceRow['status'];

export type InvoiceSums = Pick<
  InvoiceRow,
  'kind' | 'status' | 'total_cents' | 'paid_cents' | 'credited_cents' | 'written_off_cents'
>;

/** What is to be paid: 0 for a draft, a deleted invoice and a credit note. */
export function openCents(invoice: InvoiceSums): bigint {
  if (invoice.kind === 'credit_note' || invoice.status === 'draft' || invoice.status === 'deleted') return 0n;
  return invoice.total_cents - invoice.paid_cents - invoice.credited_cents - invoice.written_off_cents;
}

/** SQL of `openCents` for invoices of the states sent, pending and failed. */
export function openSql(alias: string): string {
  return `(${alias}.total_cents - ${alias}.paid_cents - ${alias}.credited_cents - ${alias}.written_off_cents)`;
}

/**
 * A pending invoice is never overdue. Computed, so that it is never out of date. After a rejected dispute the days count
 * from the rejection.
 */
export function isOverdue(
  invoice: InvoiceSums & Pick<InvoiceRow, 'due_on' | 'due_again_on'>,
  billing: Pick<Billing, 'today' | 'overdue_after_days'>,
): boolean {
  if (invoice.status !== 'sent' && invoice.status !== 'failed') return false;
  const { due_on, due_again_on } = invoice;
  const isDue = (day: CivilDate) => day < overdueBefore(billing);
  return (
    openCents(invoice) > 0n &&
    due_on !== null &&
    isDue(due_on) &&
    (due_again_on === null || isDue(due_again_on))
  );
}

/** Invoices that were due before this day are overdue. */
export function overdueBefore({
  today,
  overdue_after_days,
}: Pick<Billing, 'today' | 'overdue_after_days'>): CivilDate {
  return addDays(today, -overdue_after_days);
}

/** The states of an invoice with an amount to be paid. */
export const openStatuses = ['sent', 'pending', 'failed'] as const satisfies readonly InvoiceStatus[];

export function isOpen(status: InvoiceStatus): status is (typeof openStatuses)[number] {
  return (openStatuses as readonly InvoiceStatus[]).includes(status);
}
