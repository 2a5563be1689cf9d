import { pick, selectRow } from '../../database/columns.ts';
import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { changedFields } from '../audit/audit.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { CustomForm } from '../custom-field/form-fields.ts';
import { saveCustomValues } from '../custom-field/store-values.ts';
import { refuse, type FieldError } from '../form/parse-values.ts';
import { fold } from '../text/fold.ts';
import { lockSite, type Site } from './site-queries.ts';
import type { ChangedSiteValues, NewSiteValues } from './site.ts';

const nameTaken: FieldError = { field: 'name', code: 'site_name_taken' };

export async function createSite(db: TenantDb, actor: Actor, values: NewSiteValues, custom: CustomForm) {
  const { name, address } = values;
  const id = newId();
  const inserted = await db
    .insertInto('sites', { id, name, name_norm: fold(name), address })
    .onConflict(['tenant_id', 'name_norm'])
    .ignore()
    .returning('id');
  if (inserted.length === 0) return refuse(nameTaken);
  const changes = {
    ...changedFields({}, { name, address }),
    ...saveCustomValues(db, 'site', id, custom, values),
  };
  recordAudit(db, actor, { event: 'site.created', target: { type: 'site', id, name }, changes });
  return { ok: true as const, site: { id, name } };
}

/** Returns an error at `version` if the site was changed after the form was rendered. */
export async function updateSite(
  db: TenantDb,
  actor: Actor,
  site: Site,
  values: ChangedSiteValues,
  custom: CustomForm,
) {
  const { id } = site;
  const { version, name, address, status } = values;
  const details = { name, address, status };
  const changes = {
    ...changedFields(site, details),
    ...saveCustomValues(db, 'site', id, custom, values),
  };
  if (version === site.version && Object.keys(changes).length === 0) return { ok: true as const };
  if (status === 'archived') {
    await lockSite(db, id, 'update');
    if (await hasOpenRental(db, id)) return refuse({ field: 'status', code: 'site_in_use' });
  }
  let updated = 0;
  const isFree = await db.catchUniqueViolation(async () => {
    updated = await db
      .from('sites')
      .where({ id, version })
      .update({
        ...details,
        name_norm: fold(name),
        version: version + 1,
        updated_at: db.raw('now()'),
      });
  });
  if (!isFree) return refuse(nameTaken);
  if (updated === 0) return refuse({ field: 'version', code: 'row_changed' });
  recordAudit(db, actor, {
    event: 'site.updated',
    target: { type: 'site', id, name },
    changes,
  });
  return { ok: true as const };
}

/** Also of a unit that is blocked. */
async function hasOpenRental(db: TenantDb, siteId: string): Promise<boolean> {
  const rentals = db
    .from('rentals as r')
    .join('units as u', { 'u.tenant_id': 'r.tenant_id', 'u.id': 'r.unit_id' })
    .where('u.site_id', siteId)
    .whereIn('r.status', ['reserved', 'active']);
  return (await selectRow(rentals, pick('rentals as r', 'id'))) !== undefined;
}
