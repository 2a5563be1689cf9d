import type { TenantDb } from '../../database/tenant-db.ts';
import { found, NotFound } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { changedFields, type AuditEvent } from '../audit/audit.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { Owner } from '../billing-account/billing-account.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { refuse, type RefusedValues } from '../form/parse-values.ts';
import { lockRental } from '../rental/lock-rental.ts';
import { giveNotice } from '../rental/notice.ts';
import { findRental } from '../rental/rental-queries.ts';
import { transferRental } from '../rental/transfer.ts';
import { findProfile } from '../user/user-profile.ts';
import { displayName, userColumns, userTarget } from '../user/user.ts';
import { findRequest, type CustomerRequest } from './request-queries.ts';
import { addressOf, emailRequester } from './request-emails.ts';
import type { RequestStatus } from './request.ts';

export type DecidedRequest = { ok: true; request: CustomerRequest } | RefusedValues;

/** Of a transfer: where the customer moves to. */
export interface ApprovalValues {
  to_unit_id: string | null;
  /** Null: that of the unit. */
  price: bigint | null;
  /** Null: that of its type. */
  deposit: bigint | null;
}

/** Gives notice, transfers the rental or changes the name. @throws {NotFound} */
export async function approveRequest(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  id: string,
  values: ApprovalValues,
): Promise<DecidedRequest> {
  const request = found(await findRequest(db, id));
  // Rentals are locked before their requests.
  if (request.rental_id !== null)
    await lockRental(db, request.rental_id, values.to_unit_id === null ? [] : [values.to_unit_id]);
  const status = request.kind === 'name_change' ? 'completed' : 'approved';
  const decided = await close(db, actor, billing, request, { status, event: 'request.approved' });
  if (!decided) return refuse({ field: 'decision', code: 'request_closed' });
  const refused = await carryOut(db, actor, billing, request, values);
  return refused ?? { ok: true, request };
}

async function carryOut(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  request: CustomerRequest,
  { to_unit_id, price, deposit }: ApprovalValues,
): Promise<RefusedValues | undefined> {
  const { kind, user_id, rental_id, wanted_on, first_name, last_name } = request;
  if (kind === 'name_change') return changeName(db, actor, user_id, { first_name, last_name });
  const id = rental_id!;
  const asked_by = addressOf(request);
  if (kind === 'transfer' && to_unit_id === null) return refuse({ field: 'to_unit_id', code: 'required' });
  const result =
    kind === 'move_out'
      ? await giveNotice(db, actor, billing, { id, ends_on: wanted_on!, asked_by })
      : await transferRental(db, actor, billing, {
          id,
          to_unit_id: to_unit_id!,
          starts_on: wanted_on!,
          price,
          deposit,
          asked_by,
        });
  return result.ok ? undefined : result;
}

async function changeName(
  db: TenantDb,
  actor: Actor,
  userId: string,
  name: { first_name: string | null; last_name: string | null },
): Promise<undefined> {
  const before = found(await findProfile(db, userId).forUpdate());
  const columns = userColumns({ ...before, ...name });
  db.defer(
    db
      .from('users')
      .where({ id: userId })
      .update({ ...columns, version: db.raw('version + 1'), updated_at: db.raw('now()') }),
  );
  recordAudit(db, actor, {
    event: 'user.updated',
    target: userTarget({ id: userId, name: displayName(columns), email: before.email }),
    changes: changedFields(before, name),
  });
}

/** @throws {NotFound} */
export async function declineRequest(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  id: string,
  reason: string,
): Promise<DecidedRequest> {
  const request = found(await findRequest(db, id));
  const closing = { status: 'declined', event: 'request.declined', reason } as const;
  const decided = await close(db, actor, billing, request, closing);
  if (!decided) return refuse({ field: 'reason', code: 'request_closed' });
  emailRequester(db, billing, 'requestDeclined', request, { reason });
  return { ok: true, request };
}

/** By the customer, before staff decide. @throws {NotFound} for a request of another owner */
export async function withdrawRequest(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  owner: Owner,
  id: string,
): Promise<DecidedRequest> {
  const request = found(await findRequest(db, id));
  if (!(await isOwn(db, request, owner))) throw new NotFound('The request has another owner');
  const closing = { status: 'withdrawn', event: 'request.withdrawn' } as const;
  const decided = await close(db, actor, billing, request, closing);
  return decided ? { ok: true, request } : refuse({ field: 'request', code: 'request_closed' });
}

async function isOwn(db: TenantDb, { rental_id, user_id }: CustomerRequest, owner: Owner): Promise<boolean> {
  if (rental_id === null) return 'user_id' in owner && owner.user_id === user_id;
  const rental = found(await findRental(db, rental_id));
  return 'user_id' in owner ? rental.user_id === owner.user_id : rental.company_id === owner.company_id;
}

/** Returns false if the request was decided before. */
async function close(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  request: CustomerRequest,
  { status, event, reason = null }: { status: RequestStatus; event: AuditEvent; reason?: string | null },
): Promise<boolean> {
  const { id, version, unit_code, user_name, user_email } = request;
  const decided = {
    status,
    reason,
    decided_by: actor.kind === 'staff' ? actor.id : null,
    decided_at: billing.now,
    version: version + 1,
  };
  const updated = await db.from('requests').where({ id, status: 'requested' }).update(decided);
  recordAudit(db, actor, {
    event,
    target: { type: 'request', id, name: unit_code ?? (user_name || user_email) },
    changes: { kind: [null, request.kind], ...(reason !== null && { reason: [null, reason] }) },
  });
  return updated === 1;
}
