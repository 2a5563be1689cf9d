import type { Config } from '../../config.ts';
import type { Database } from '../../database/pools.ts';
import { tenantColumns, toTenant, type Tenant, type TenantRow } from './tenant.ts';

const MAX_TENANTS = 10_000;
const MAX_UNKNOWN_HOSTS = 1_000;
const MAX_AGE_MS = 10_000;
const COLUMNS = tenantColumns.map((column) => `t.${column}`).join(', ');

interface Entry {
  tenant: Tenant | undefined;
  readAt: number;
}

/**
 * Entries are up to ten seconds old, so login and logged-in requests check the stored status as well. Requests of logged-in
 * users also check the version.
 */
export class TenantDirectory {
  readonly #tenants = new Map<string, Entry>();
  /** Separate, so that requests for random hosts cannot evict tenants. */
  readonly #negativeCache = new Map<string, Entry>();
  readonly #database: Database;
  readonly #config: Config;

  constructor(database: Database, config: Config) {
    this.#database = database;
    this.#config = config;
  }

  bySlug(slug: string): Promise<Tenant | undefined> {
    return this.#find(`slug:${slug}`, `select ${COLUMNS} from tenants t where t.slug = $1`, slug);
  }

  byDomain(host: string): Promise<Tenant | undefined> {
    return this.#find(
      `host:${host}`,
      `select ${COLUMNS} from tenants t join tenant_domains d on d.tenant_id = t.id
       where d.host = $1 and d.verified_at is not null`,
      host,
    );
  }

  /** Reads the origin of the primary host, not cached. */
  async readPortalOrigin(tenantId: string): Promise<string | undefined> {
    const { rows } = await this.#database.app.query<TenantRow>(
      `select ${COLUMNS} from tenants t where t.id = $1`,
      [tenantId],
    );
    return rows[0] && toTenant(rows[0], this.#config).portal_origin;
  }

  /** The next request reads the tenant again, under every host of it. */
  forget(tenantId: string): void {
    for (const [key, { tenant }] of this.#tenants) if (tenant?.id === tenantId) this.#tenants.delete(key);
  }

  clear(): void {
    this.#tenants.clear();
    this.#negativeCache.clear();
  }

  async #find(key: string, sql: string, value: string): Promise<Tenant | undefined> {
    const cached = this.#tenants.get(key) ?? this.#negativeCache.get(key);
    if (cached && isFresh(cached)) return cached.tenant;

    const { rows } = await this.#database.app.query<TenantRow>(sql, [value]);
    const tenant = rows[0] && toTenant(rows[0], this.#config);
    this.#tenants.delete(key);
    this.#negativeCache.delete(key);
    const [entries, max] = tenant ? [this.#tenants, MAX_TENANTS] : [this.#negativeCache, MAX_UNKNOWN_HOSTS];
    entries.set(key, { tenant, readAt: Date.now() });
    // The first key of a Map is the oldest.
    if (entries.size > max) entries.delete(entries.keys().next().value!);
    return tenant;
  }
}

/** A suspended tenant is read each time, so that its portals open as soon as it is resumed. */
function isFresh({ tenant, readAt }: Entry): boolean {
  return tenant?.status !== 'suspended' && Date.now() - readAt < MAX_AGE_MS;
}
