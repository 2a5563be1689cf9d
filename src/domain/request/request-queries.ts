import type { Knex } from 'knex';
import { column, nullable, pick, selectRow, selectRows, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';

export const requestColumns = {
  ...pick('requests as q', 'id', 'kind', 'status', 'user_id', 'rental_id', 'wanted_on', 'to_unit_id'),
  ...pick('requests as q', 'to_unit_type_id', 'first_name', 'last_name', 'comment', 'shown_cents'),
  ...pick('requests as q', 'reason', 'decided_at', 'version', 'created_at'),
  user_name: column('users as w', 'name'),
  user_email: column('users as w', 'email'),
  decided_by_name: nullable(column('users as d', 'name')),
  unit_code: nullable(column('units as u', 'code')),
  site_name: nullable(column('sites as s', 'name')),
  billing_account_id: nullable(column('rentals as r', 'billing_account_id')),
  company_id: nullable(column('billing_accounts as b', 'company_id')),
  company_name: nullable(column('companies as c', 'name')),
  currency: nullable(column('billing_accounts as b', 'currency')),
  to_unit_code: nullable(column('units as n', 'code')),
  to_type_name: nullable(column('unit_types as t', 'name')),
};

export type CustomerRequest = RowOf<typeof requestColumns>;

export function joinRequests(requests: Knex.QueryBuilder): Knex.QueryBuilder {
  return requests
    .join('users as w', { 'w.tenant_id': 'q.tenant_id', 'w.id': 'q.user_id' })
    .leftJoin('users as d', { 'd.tenant_id': 'q.tenant_id', 'd.id': 'q.decided_by' })
    .leftJoin('rentals as r', { 'r.tenant_id': 'q.tenant_id', 'r.id': 'q.rental_id' })
    .leftJoin('units as u', { 'u.tenant_id': 'r.tenant_id', 'u.id': 'r.unit_id' })
    .leftJoin('sites as s', { 's.tenant_id': 'u.tenant_id', 's.id': 'u.site_id' })
    .leftJoin('billing_accounts as b', { 'b.tenant_id': 'r.tenant_id', 'b.id': 'r.billing_account_id' })
    .leftJoin('companies as c', { 'c.tenant_id': 'b.tenant_id', 'c.id': 'b.company_id' })
    .leftJoin('units as n', { 'n.tenant_id': 'q.tenant_id', 'n.id': 'q.to_unit_id' })
    .leftJoin('unit_types as t', { 't.tenant_id': 'q.tenant_id', 't.id': 'q.to_unit_type_id' });
}

export function findRequest(db: TenantDb, id: string) {
  return selectRow(joinRequests(db.visible('requests as q')).where('q.id', id), requestColumns);
}

/** Of a rental, the latest first. */
export function listRentalRequests(db: TenantDb, rentalId: string) {
  const requests = joinRequests(db.visible('requests as q'))
    .where('q.rental_id', rentalId)
    .orderBy('q.id', 'desc')
    .limit(50);
  return selectRows(requests, requestColumns);
}

/** The request of a person to change their name that is not decided. */
export function findNameRequest(db: TenantDb, userId: string) {
  const requests = joinRequests(db.visible('requests as q')).where({
    'q.user_id': userId,
    'q.kind': 'name_change',
    'q.status': 'requested',
  });
  return selectRow(requests, requestColumns);
}
