import type { Row } from '../../database/tables.ts';
import type { CivilDate } from '../billing/civil-date.ts';
import { civilDate } from '../billing/civil-date.ts';

type MethodRow = Row<'payment_methods'>;

export type MethodStatus = MethodRow['status'];

export type MethodFace = Pick<MethodRow, 'type' | 'brand' | 'last4' | 'bank_name'>;

/** A method of a former payment service is kept for the history and for refunds only. */
export function isChargeable(
  { status, gateway_id }: Pick<MethodRow, 'status' | 'gateway_id'>,
  billing: { gateway_id: string | null },
): boolean {
  return status === 'active' && gateway_id === billing.gateway_id;
}

/** For emails and the audit log: `Visa •••• 4242`. */
export function describeMethod({ type, brand, last4, bank_name }: MethodFace): string {
  const name = (type === 'card' ? brand : bank_name) ?? (type === 'card' ? 'Card' : 'Bank account');
  return last4 ? `${name} •••• ${last4}` : name;
}

/** The last day of a card; null for what does not expire. */
export function lastDay({
  exp_month,
  exp_year,
}: Pick<MethodRow, 'exp_month' | 'exp_year'>): CivilDate | null {
  return exp_month === null || exp_year === null ? null : civilDate(exp_year, exp_month, 31);
}

/** Computed, because the gateway may renew a card without telling. */
export function isExpired(
  method: Pick<MethodRow, 'exp_month' | 'exp_year'>,
  { today }: { today: CivilDate },
): boolean {
  const last = lastDay(method);
  return last !== null && last < today;
}
