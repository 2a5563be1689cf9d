import type { TenantDb } from '../../../src/database/tenant-db.ts';

/**
 * The same transaction without audit events. Those of two years would hide the others, and events cannot be dated back
 * behind the last seal.
 */
export function withoutAudit(db: TenantDb): TenantDb {
  return new Proxy(db, {
    get(target, name) {
      if (name === 'insertStatement') return insertStatement.bind(null, target);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

function insertStatement(db: TenantDb, ...[table, rows]: Parameters<TenantDb['insertStatement']>) {
  // A deferred statement cannot be left out by its table.
  return table === 'audit_events'
    ? { text: 'select from audit_events where tenant_id = $1 and false', values: [db.tenantId] }
    : db.insertStatement(table, rows);
}
