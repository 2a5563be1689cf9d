import { inTenant } from '../../src/database/in-tenant.ts';
import { newId } from '../../src/database/new-id.ts';
import type { NewRow, TenantDb } from '../../src/database/tenant-db.ts';
import { fileStoreOf } from './exports.ts';
import type { TestPortal } from './portal.ts';

interface ImportOwner {
  name: string;
  requested_by: string;
}

/** A checked import with one error, one that has just created a user, and a saved mapping. Returns their ids. */
export async function insertImports(
  portal: TestPortal,
  tenant: { id: string },
  owner: ImportOwner,
): Promise<string[]> {
  const file_id = newId();
  const byte_count = await fileStoreOf(portal).put({ tenantId: tenant.id, id: file_id }, [
    `Email\n${owner.name}@x.example\n`,
  ]);
  return inTenant(portal.database, tenant.id, async (db) => {
    await db.insertInto('files', { id: file_id, expires_at: null, byte_count });
    const file = { file_id, byte_count };
    const imported = await insertImport(db, owner, {
      ...file,
      state: 'imported',
      counts: '{"create":1,"created":1}',
      imported_at: db.raw<Date>('now()'),
    });
    const checked = await insertImport(db, owner, { ...file, state: 'checked', counts: '{"error":1}' });
    const mapping = newId();
    await db.insertInto('import_mappings', {
      id: mapping,
      kind: 'users',
      name: `${owner.name} mapping`,
      name_norm: `${owner.name} mapping`.toLowerCase(),
      header: ['Email'],
      mapping: JSON.stringify(['email']),
      created_by: owner.requested_by,
    });
    return [checked, imported, mapping];
  });
}

async function insertImport(
  db: TenantDb,
  { name, requested_by }: ImportOwner,
  { byte_count, ...columns }: { byte_count: number } & Omit<NewRow<'imports'>, 'byte_count'>,
): Promise<string> {
  const id = newId();
  await db.insertInto('imports', {
    id,
    kind: 'users',
    mode: 'both',
    key: 'email',
    file_name: `${name}.csv`,
    byte_count: BigInt(byte_count),
    encoding: 'utf-8',
    delimiter: ',',
    header: ['Email'],
    mapping: JSON.stringify(['email']),
    options: JSON.stringify({ date_order: 'ymd', has_decimal_comma: false }),
    requested_by,
    ...columns,
  });
  await db.insertInto('import_rows', { import_id: id, line: 2, verdict: 'error', target_name: name });
  return id;
}
