import type { TenantDb } from '../../../src/database/tenant-db.ts';

const INSERT_OF_EVENTS = /^insert into "?audit_events\b/;

/**
 * The same transaction without audit events. Those of two years would hide the others, and events cannot be dated back
 * behind the last seal.
 */
export function withoutAudit(db: TenantDb): TenantDb {
  return new Proxy(db, {
    get(target, name) {
      if (name === 'defer') return deferOthers.bind(null, target);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

function deferOthers(db: TenantDb, ...[statement, toError]: Parameters<TenantDb['defer']>): void {
  // Events are inserted by statements with a text, not by query builders.
  if (!('text' in statement) || !INSERT_OF_EVENTS.test(statement.text)) db.defer(statement, toError);
}
