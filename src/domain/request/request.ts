import type { Row } from '../../database/tables.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { addDays, later, type CivilDate } from '../billing/civil-date.ts';

export type RequestStatus = Row<'requests'>['status'];
export type RequestKind = Row<'requests'>['kind'];

export const requestStatuses = [
  'requested',
  'approved',
  'declined',
  'withdrawn',
  'completed',
  'cancelled',
] as const satisfies readonly RequestStatus[];

export const requestKinds = ['move_out', 'transfer', 'name_change'] as const satisfies readonly RequestKind[];

export const requestLabels: Record<RequestKind, string> = {
  move_out: 'Move-out',
  transfer: 'Transfer',
  name_change: 'Change of name',
};

/** The earliest last day of a move-out that a customer may ask for. */
export function earliestMoveOut(
  { today, notice_days }: Pick<Billing, 'today' | 'notice_days'>,
  { starts_on }: { starts_on: CivilDate },
): CivilDate {
  return later(addDays(today, notice_days), starts_on);
}

/** The earliest first day in the new unit that a customer may ask for. */
export function earliestTransfer(
  { today, notice_days }: Pick<Billing, 'today' | 'notice_days'>,
  { starts_on }: { starts_on: CivilDate },
): CivilDate {
  return later(addDays(today, notice_days), addDays(starts_on, 1));
}
