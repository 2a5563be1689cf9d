import type { Request } from 'express';
import { listTenantFields, type CustomField } from '../domain/custom-field/custom-field-queries.ts';

const MAX_TENANTS = 200;

interface CachedFields {
  version: number;
  fields: readonly CustomField[];
}

/** By tenant; the one that was used last is at the end. */
const cached = new Map<string, CachedFields>();

/**
 * The custom fields of the tenant, for lists of staff. The version, which is read with the session, tells whether they
 * have changed, so that they are read once for each version.
 */
export async function tenantFields(
  req: Pick<Request, 'tenant' | 'currentLogin' | 'readTenant'>,
): Promise<readonly CustomField[]> {
  const { id } = req.tenant;
  const version = req.currentLogin?.fields_version ?? null;
  if (version === 0) return [];
  const known = cached.get(id);
  const current = known && known.version === version ? known : { version, fields: await readFields(req) };
  if (current.version === null) return current.fields;
  cached.delete(id);
  cached.set(id, { version: current.version, fields: current.fields });
  if (cached.size > MAX_TENANTS) cached.delete(cached.keys().next().value!);
  return current.fields;
}

async function readFields({ readTenant }: Pick<Request, 'readTenant'>): Promise<readonly CustomField[]> {
  const [fields] = await readTenant((db) => [listTenantFields(db)]);
  return fields;
}
