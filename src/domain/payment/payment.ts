import * as z from 'zod';
import type { Row } from '../../database/tables.ts';
import { amount, optionalAmount } from '../billing/amount-field.ts';
import { civilDate } from '../billing/date-field.ts';
import { optionalLine } from '../form/fields.ts';
import { code } from '../form/parse-values.ts';
import { customerField, currencyField } from '../invoice/invoice-form.ts';
import type { ChosenInvoice } from './payment-actions.ts';

/** How money comes that staff record by hand. */
export const channels = ['bank_transfer', 'cash', 'cheque', 'other'] as const;

/** The payment services. */
export const gatewayChannels = ['stripe', 'sandbox'] as const;

export type PaymentChannel = Row<'payments'>['channel'];
export function isManual(channel: PaymentChannel): boolean {
  return (channels as readonly PaymentChannel[]).includes(channel);
}

export type PaymentStatus = Row<'payments'>['status'];
export type PaymentStarter = Row<'payments'>['started_by'];
export type Attempt = Pick<Row<'payment_attempts'>, 'call' | 'outcome'>;

/** Of a refund that staff pay by hand: no payment of a gateway covers it. */
export function isToPayOut({
  direction,
  gateway_id,
  status,
}: Pick<Row<'payments'>, 'direction' | 'gateway_id' | 'status'>): boolean {
  return direction === 'out' && gateway_id === null && status === 'created';
}

/** Of a payment that may still move money. */
export const unfinishedStatuses = [
  'created',
  'ready',
  'submitting',
  'unknown',
  'requires_action',
  'processing',
] as const satisfies readonly PaymentStatus[];

export function isUnfinished(status: PaymentStatus): boolean {
  return (unfinishedStatuses as readonly PaymentStatus[]).includes(status);
}

type Refundable = Pick<
  Row<'payments'>,
  'direction' | 'status' | 'amount_cents' | 'refunded_cents' | 'charged_back_cents' | 'gateway_object_id'
>;

/** A refund is always of credit, so that what has paid invoices cannot be refunded before a credit note. */
export function refundableCents(payment: Refundable, { credit_cents }: { credit_cents: bigint }): bigint {
  const { direction, status, amount_cents, refunded_cents, charged_back_cents, gateway_object_id } = payment;
  if (direction === 'out' || status !== 'succeeded' || gateway_object_id === null) return 0n;
  const left = amount_cents - refunded_cents - charged_back_cents;
  return left < credit_cents ? left : credit_cents;
}

const CHOSEN = /^invoice_([0-9a-f-]{36})$/;

/** With a field for the amount of each open invoice. */
export function paymentSchema(currency: string, fieldNames: readonly string[]) {
  const chosen = fieldNames.filter((name) => CHOSEN.test(name));
  return z.object({
    ...depositSchema(currency).shape,
    ...Object.fromEntries(chosen.map((name) => [name, optionalAmount(currency)])),
  });
}

export function depositSchema(currency: string) {
  return z.object({
    customer: customerField(),
    currency: currencyField(),
    amount: amount(currency),
    received_on: civilDate(),
    channel: z.enum(channels, code('invalid')),
    reference: optionalLine(100),
  });
}

/** The amounts of the invoices, of the values of a payment. */
export function chosenInvoices(values: Readonly<Record<string, unknown>>): ChosenInvoice[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const invoice_id = CHOSEN.exec(name)?.[1];
    return invoice_id && typeof value === 'bigint' ? [{ invoice_id, amount_cents: value }] : [];
  });
}
