import { newId } from '../../database/new-id.ts';
import type { Row } from '../../database/tables.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found, NotFound } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { Owner } from '../billing-account/billing-account.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { addDays, type CivilDate } from '../billing/civil-date.ts';
import { rentError } from '../company/check-status.ts';
import { queueStaffAlert } from '../email/queue-billing-emails.ts';
import { refuse, type FieldError, type RefusedValues } from '../form/parse-values.ts';
import { quoteMoveOut } from '../rental/move-out.ts';
import { noticeError } from '../rental/notice.ts';
import { lockRental, type LockedRental } from '../rental/lock-rental.ts';
import { quoteTransfer } from '../rental/plan-transfer.ts';
import { listAlertedStaff } from '../role/users-with-permission.ts';
import { findTransferTarget, type TransferChoice } from './transfer-target.ts';
import { fullName } from '../user/user-name.ts';
import { emailRequester } from './request-emails.ts';
import { findRequest } from './request-queries.ts';
import { earliestMoveOut, earliestTransfer } from './request.ts';

export type SentRequest = { ok: true; request: { id: string } } | RefusedValues;

export interface MoveOutRequestValues {
  rental_id: string;
  /** The last day in the unit. */
  wanted_on: CivilDate;
  comment: string | null;
}

/** `owner` is whom the customer acts for. @throws {NotFound} for a rental of another owner */
export async function requestMoveOut(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  owner: Owner,
  { rental_id, wanted_on, comment }: MoveOutRequestValues,
): Promise<SentRequest> {
  const locked = await lockOwnRental(db, owner, rental_id);
  const error = moveOutRequestError(billing, locked.rental, wanted_on);
  if (error) return refuse(error);
  const { total_cents } = await quoteMoveOut(db, billing, locked.rental, wanted_on);
  const values = { kind: 'move_out', wanted_on, comment, shown_cents: total_cents } as const;
  return insertRentalRequest(db, actor, billing, locked, values);
}

/** Why a customer cannot ask for this last day. */
export function moveOutRequestError(
  billing: Billing,
  rental: LockedRental['rental'],
  wantedOn: CivilDate,
): FieldError | undefined {
  return (
    noticeError(billing, rental, wantedOn, 'wanted_on') ??
    earliestError(billing, wantedOn, earliestMoveOut(billing, rental))
  );
}

export interface TransferRequestValues extends TransferChoice {
  rental_id: string;
  /** The first day in the new unit. */
  wanted_on: CivilDate;
  comment: string | null;
}

/** To a unit, or to any unit of a type. @throws {NotFound} for a rental of another owner */
export async function requestTransfer(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  owner: Owner,
  { rental_id, wanted_on, comment, to_unit_id, to_unit_type_id }: TransferRequestValues,
): Promise<SentRequest> {
  const locked = await lockOwnRental(db, owner, rental_id);
  const error =
    transferRequestError(billing, locked.rental, wanted_on) ?? (await rentError(db, owner, 'wanted_on'));
  if (error) return refuse(error);
  const target = await findTransferTarget(db, { to_unit_id, to_unit_type_id });
  if (!target)
    return refuse({ field: to_unit_id === null ? 'to_unit_type_id' : 'to_unit_id', code: 'invalid' });
  const quote = await quoteTransfer(db, billing, locked, { starts_on: wanted_on, ...target });
  return insertRentalRequest(db, actor, billing, locked, {
    kind: 'transfer',
    wanted_on,
    comment,
    to_unit_id,
    to_unit_type_id,
    shown_cents: quote.total_cents,
  });
}

/** Why a customer cannot ask for this first day in a new unit. */
export function transferRequestError(
  billing: Billing,
  rental: LockedRental['rental'],
  wantedOn: CivilDate,
): FieldError | undefined {
  return (
    noticeError(billing, rental, addDays(wantedOn, -1), 'wanted_on') ??
    earliestError(billing, wantedOn, earliestTransfer(billing, rental))
  );
}

function earliestError(
  { notice_days }: Billing,
  wantedOn: CivilDate,
  earliest: CivilDate,
): FieldError | undefined {
  if (wantedOn >= earliest) return undefined;
  return { field: 'wanted_on', code: 'notice_too_short', params: { day: earliest, count: notice_days } };
}

async function lockOwnRental(db: TenantDb, owner: Owner, id: string): Promise<LockedRental> {
  const locked = await lockRental(db, id);
  const { user_id, company_id } = locked.account;
  const isOwn = 'user_id' in owner ? user_id === owner.user_id : company_id === owner.company_id;
  if (!isOwn) throw new NotFound('The rental has another owner');
  return locked;
}

type RentalRequest = Pick<Row<'requests'>, 'kind' | 'wanted_on' | 'comment' | 'shown_cents'> &
  Partial<TransferChoice>;

async function insertRentalRequest(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { rental, unit }: LockedRental,
  values: RentalRequest,
): Promise<SentRequest> {
  const request = { id: newId(), user_id: actor.id!, rental_id: rental.id, ...values };
  const isFirst = await db.catchUniqueViolation(() => db.insertInto('requests', request));
  if (!isFirst) return refuse({ field: 'wanted_on', code: 'request_open' });
  recordAudit(db, actor, {
    event: 'request.sent',
    target: { type: 'request', id: request.id, name: unit.code },
    changes: { kind: [null, values.kind], day: [null, values.wanted_on] },
  });
  emailRequester(db, billing, 'requestReceived', found(await findRequest(db, request.id)));
  if (billing.sends_emails) await alertStaff(db, actor, request.id, { unit_code: unit.code });
  return { ok: true, request: { id: request.id } };
}

export interface NameRequestValues {
  first_name: string | null;
  last_name: string | null;
  comment: string | null;
}

/** Customers who have a name ask staff to change it. */
export async function requestNameChange(
  db: TenantDb,
  actor: Actor,
  values: NameRequestValues,
): Promise<SentRequest> {
  const request = {
    id: newId(),
    user_id: found(actor.id ?? undefined),
    kind: 'name_change' as const,
    ...values,
  };
  const isFirst = await db.catchUniqueViolation(() => db.insertInto('requests', request));
  if (!isFirst) return refuse({ field: 'first_name', code: 'name_request_open' });
  recordAudit(db, actor, {
    event: 'request.sent',
    target: { type: 'request', id: request.id, name: actor.name },
    changes: { kind: [null, 'name_change'], name: [null, fullName(values)] },
  });
  await alertStaff(db, actor, request.id);
  return { ok: true, request: { id: request.id } };
}

async function alertStaff(
  db: TenantDb,
  actor: Actor,
  id: string,
  variables: Record<string, string> = {},
): Promise<void> {
  queueStaffAlert(db, await listAlertedStaff(db, 'alerts_of_requests', 'requests.decide'), {
    template: 'requestAlert',
    path: `/requests/${id}`,
    variables: { ...variables, customer: actor.name },
  });
}
