import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { changedFields, type AuditEvent, type Changes } from '../audit/audit.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { changeError } from '../company/check-status.ts';
import { findCompanyForShare, type CompanyDetail } from '../company/company-queries.ts';
import { refuse, type FieldError, type RefusedValues } from '../form/parse-values.ts';
import { findLocation, type CompanyLocation } from './company-location-queries.ts';
import { locationColumns, type ChangedLocationValues, type NewLocationValues } from './company-location.ts';

type LocationResult = { ok: true; location: { id: string; name: string } } | RefusedValues;

/** @throws {NotFound} if the viewer may not see the company */
export async function addLocation(
  db: TenantDb,
  actor: Actor,
  companyId: string,
  values: NewLocationValues,
): Promise<LocationResult> {
  const company = found(await findCompanyForShare(db, companyId));
  const archived = changeError(company, 'name');
  if (archived) return refuse(archived);
  const location = { id: newId(), company_id: companyId, ...locationColumns(values) };
  const isFree = await db.catchUniqueViolation(() => db.insertInto('company_locations', location));
  if (!isFree) return refuse(codeTaken(values));
  record(db, actor, 'company.location_added', company, { location: [null, values.name] });
  return { ok: true, location };
}

/** Returns an error at `version` if the location was changed after the form was rendered. @throws {NotFound} */
export async function changeLocation(
  db: TenantDb,
  actor: Actor,
  company: CompanyDetail,
  before: CompanyLocation,
  { version, ...values }: ChangedLocationValues,
): Promise<LocationResult> {
  const archived = changeError(company, 'name');
  if (archived) return refuse(archived);
  const { id } = before;
  const location = { id, name: values.name };
  const changes = changedFields(before, values);
  if (version === before.version && Object.keys(changes).length === 0) return { ok: true, location };
  let updated = 0;
  const isFree = await db.catchUniqueViolation(async () => {
    updated = await db
      .from('company_locations')
      .where({ id, version })
      .update({ ...locationColumns(values), version: version + 1, updated_at: db.raw('now()') });
  });
  if (!isFree) return refuse(codeTaken(values));
  if (updated === 0) return refuse({ field: 'version', code: 'row_changed' });
  record(db, actor, 'company.location_changed', company, {
    location: [before.name, values.name],
    ...changes,
  });
  return { ok: true, location };
}

/** Customers of the company see it no longer. @throws {NotFound} */
export function archiveLocation(db: TenantDb, actor: Actor, companyId: string, id: string) {
  return setArchived(db, actor, { companyId, id, isArchived: true });
}

/** @throws {NotFound} */
export function restoreLocation(db: TenantDb, actor: Actor, companyId: string, id: string) {
  return setArchived(db, actor, { companyId, id, isArchived: false });
}

async function setArchived(
  db: TenantDb,
  actor: Actor,
  { companyId, id, isArchived }: { companyId: string; id: string; isArchived: boolean },
): Promise<LocationResult> {
  const company = found(await findCompanyForShare(db, companyId));
  const location = found(await findLocation(db, companyId, id).forUpdate());
  const archived = changeError(company, 'location');
  if (archived) return refuse(archived);
  if ((location.archived_at !== null) === isArchived) return { ok: true, location };
  db.defer(
    db
      .from('company_locations')
      .where({ id })
      .update({
        archived_at: isArchived ? db.raw('now()') : null,
        version: location.version + 1,
        updated_at: db.raw('now()'),
      }),
  );
  const event = isArchived ? 'company.location_archived' : 'company.location_restored';
  record(db, actor, event, company, { location: [null, location.name] });
  return { ok: true, location };
}

function record(
  db: TenantDb,
  actor: Actor,
  event: AuditEvent,
  { id, name }: CompanyDetail,
  changes: Changes,
): void {
  recordAudit(db, actor, { event, target: { type: 'company', id, name }, changes });
}

function codeTaken({ code }: NewLocationValues): FieldError {
  return { field: 'code', code: 'location_code_taken', params: { code } };
}
