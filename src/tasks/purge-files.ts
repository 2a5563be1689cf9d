import { inTenant } from '../database/in-tenant.ts';
import { forEachTenant, tenantScan } from '../database/scan-tenants.ts';
import { deleteFileRows, listExpiredFiles } from '../domain/file/stored-file.ts';
import { openFileStore } from '../files/file-store.ts';
import type { Schedule, ScheduleDeps } from './schedules.ts';

const BATCH_SIZE = 500;

export const purgeFiles: Schedule = {
  name: 'purge files',
  everySeconds: 10 * 60,
  run: async (deps, isStopping) => {
    const tenantIds = await findTenants(deps, isStopping);
    await forEachTenant(deps.log, tenantIds, (id) => deleteExpired(deps, id, isStopping));
  },
};

const findTenants = tenantScan('expired files', (db, tenantId) =>
  db
    .from('files')
    .where(tenantId === undefined ? {} : { tenant_id: tenantId })
    .where('expires_at', '<=', db.raw('now()'))
    .distinct<{ tenant_id: string }[]>('tenant_id'),
);

/** The rows are deleted last, so that no file is left without one. */
async function deleteExpired(
  { config, database, log }: ScheduleDeps,
  tenantId: string,
  isStopping: () => boolean,
): Promise<void> {
  const files = openFileStore(config.filesUrl);
  let deleted = 0;
  for (let count = BATCH_SIZE; count === BATCH_SIZE && !isStopping(); deleted += count) {
    const expired = await inTenant(database, tenantId, (db) => listExpiredFiles(db, BATCH_SIZE));
    const ids = expired.map(({ id }) => id);
    for (const id of ids) await files.delete({ tenantId, id });
    await inTenant(database, tenantId, (db) => deleteFileRows(db, ids));
    count = ids.length;
  }
  if (deleted > 0) log.info({ deleted, tenant: tenantId }, 'expired files deleted');
}
