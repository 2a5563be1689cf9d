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

export type PaymentChannel = Row<'payments'>['channel'];
export function isManual(channel: PaymentChannel): boolean {
  return (channels as readonly PaymentChannel[]).includes(channel);
}

export type PaymentStatus = Row<'payments'>['status'];

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
