import type { Knex } from 'knex';
import type { TenantDb } from '../../database/tenant-db.ts';
import { recomputeUnitStatus } from '../unit/unit-status.ts';

const BATCH_SIZE = 5_000;

const ACTIVE_ACCOUNT = (owner: string) => `
  select from billing_accounts ba join rentals ra on ra.tenant_id = ba.tenant_id and ra.billing_account_id = ba.id
  where ba.tenant_id = :tenant and ${owner} and ra.status = 'active'`;

/** Of `companies c`. */
const COMPANY_RENTS = `exists (${ACTIVE_ACCOUNT('ba.company_id = c.id')})`;

/** Of `users u`: by an own rental, as the person in the unit, or as a member of a company that rents. */
const USER_RENTS = `(exists (${ACTIVE_ACCOUNT('ba.user_id = u.id')})
  or exists (select from rentals ro
    where ro.tenant_id = :tenant and ro.occupant_user_id = u.id and ro.status = 'active')
  or exists (select from memberships mr
    join billing_accounts ba on ba.tenant_id = mr.tenant_id and ba.company_id = mr.company_id
    join rentals ra on ra.tenant_id = ba.tenant_id and ra.billing_account_id = ba.id
    where mr.tenant_id = :tenant and mr.user_id = u.id and ra.status = 'active'))`;

const UPDATE_COMPANIES = `update companies c set is_renting = not c.is_renting
  where c.tenant_id = :tenant and c.is_renting <> ${COMPANY_RENTS}`;

const UPDATE_USERS = `update users u set is_renting = not u.is_renting
  where u.tenant_id = :tenant and u.is_renting <> ${USER_RENTS}`;

/** Stores the state of the units and who rents. Every change of a rental calls it for its units, which must be locked. */
export function recomputeOccupancy(db: TenantDb, unitIds: readonly string[]): void {
  recomputeUnitStatus(db, unitIds);
  db.defer(
    withNames(
      db,
      `with renters as (
         select b.user_id, b.company_id, r.occupant_user_id
         from rentals r
         join billing_accounts b on b.tenant_id = r.tenant_id and b.id = r.billing_account_id
         where r.tenant_id = :tenant and r.unit_id = any(:units::uuid[])
       ), changed as (
         ${UPDATE_COMPANIES} and c.id = any(array(select company_id from renters)) returning c.id
       )
       ${UPDATE_USERS} and u.id = any(array(
         select user_id from renters
         union select occupant_user_id from renters
         union select m.user_id from memberships m join changed on changed.id = m.company_id
         where m.tenant_id = :tenant))`,
      { units: [...unitIds] },
    ),
  );
}

/** After a change of their memberships. */
export function recomputeRentingOf(db: TenantDb, userIds: readonly string[]): void {
  db.defer(withNames(db, `${UPDATE_USERS} and u.id = any(:users::uuid[])`, { users: [...userIds] }));
}

interface CorrectedRenting {
  users: number;
  companies: number;
}

/** Simultaneous changes do not see each other. Corrects at most BATCH_SIZE rows of each table. */
export async function correctRenting(db: TenantDb): Promise<CorrectedRenting & { isFinished: boolean }> {
  const { rows } = await withNames<{ rows: CorrectedRenting[] }>(
    db,
    `with active as materialized (
       select distinct b.user_id, b.company_id, r.occupant_user_id
       from rentals r
       join billing_accounts b on b.tenant_id = r.tenant_id and b.id = r.billing_account_id
       where r.tenant_id = :tenant and r.status = 'active'
     ), renters as materialized (
       select user_id as id from active where user_id is not null
       union select occupant_user_id from active where occupant_user_id is not null
       union select m.user_id from memberships m where m.tenant_id = :tenant and m.company_id in (select company_id from active)
     ), wrong_users as (
       select u.id from users u where u.tenant_id = :tenant and u.is_renting and not exists (select from renters where renters.id = u.id)
       union all
       select u.id from users u join renters on renters.id = u.id where u.tenant_id = :tenant and not u.is_renting
     ), wrong_companies as (
       select c.id from companies c where c.tenant_id = :tenant and c.is_renting <> (c.id in (select company_id from active where company_id is not null))
     ), users_set as (
       ${UPDATE_USERS} and u.id = any(array(select id from wrong_users limit :most)) returning u.id
     ), companies_set as (
       ${UPDATE_COMPANIES} and c.id = any(array(select id from wrong_companies limit :most)) returning c.id
     )
     select (select count(*)::int from users_set) as users, (select count(*)::int from companies_set) as companies`,
    { most: BATCH_SIZE },
  );
  const corrected = rows[0]!;
  return { ...corrected, isFinished: Math.max(corrected.users, corrected.companies) < BATCH_SIZE };
}

/** `:tenant` is the tenant. */
function withNames<Value>(db: TenantDb, sql: string, values: Readonly<Record<string, Knex.RawBinding>>) {
  const named: Readonly<Record<string, Knex.RawBinding>> = { tenant: db.tenantId, ...values };
  const names = [...sql.matchAll(NAME)].map(([, name]) => named[name!]!);
  return db.raw<Value>(sql.replace(NAME, '?'), names);
}

/** Not the type of a cast. */
const NAME = /(?<!:):(\w+)/g;
