import type { Config } from '../../config.ts';
import type { Database } from '../../database/pools.ts';
import { tenantColumns, toTenant, type Tenant, type TenantRow } from './tenant.ts';

const MOST_TENANTS = 10_000;
const MOST_STRANGERS = 1_000;
const MAX_AGE_MS = 10_000;
const COLUMNS = tenantColumns.map((column) => `t.${column}`).join(', ');

interface Entry {
  tenant: Tenant | undefined;
  readAt: number;
}

/**
 * Who lives at a host. Kept in memory, at most 10,000 hosts for at most 10 seconds, so that an anonymous page needs no
 * database; a suspension is therefore enforced again, from the database, at sign-in and on every signed-in request.
 */
export class TenantDirectory {
  readonly #tenants = new Map<string, Entry>();
  /** Hosts that are nobody's, apart: whoever makes them up pushes no tenant out. */
  readonly #strangers = new Map<string, Entry>();
  readonly #database: Database;
  readonly #config: Config;

  constructor(database: Database, config: Config) {
    this.#database = database;
    this.#config = config;
  }

  bySlug(slug: string): Promise<Tenant | undefined> {
    return this.#find(`slug:${slug}`, `select ${COLUMNS} from tenants t where t.slug = $1`, slug);
  }

  /** By a verified domain of the tenant's own. */
  byDomain(host: string): Promise<Tenant | undefined> {
    return this.#find(
      `host:${host}`,
      `select ${COLUMNS} from tenants t join tenant_domains d on d.tenant_id = t.id
       where d.host = $1 and d.verified_at is not null`,
      host,
    );
  }

  /** Forgets everything: what the tests and the console of this process changed is seen at once. */
  clear(): void {
    this.#tenants.clear();
    this.#strangers.clear();
  }

  async #find(key: string, sql: string, value: string): Promise<Tenant | undefined> {
    const known = this.#tenants.get(key) ?? this.#strangers.get(key);
    if (known && Date.now() - known.readAt < MAX_AGE_MS) return known.tenant;

    const { rows } = await this.#database.app.query<TenantRow>(sql, [value]);
    const tenant = rows[0] && toTenant(rows[0], this.#config);
    this.#tenants.delete(key);
    this.#strangers.delete(key);
    const [entries, most] = tenant ? [this.#tenants, MOST_TENANTS] : [this.#strangers, MOST_STRANGERS];
    entries.set(key, { tenant, readAt: Date.now() });
    // A map keeps the order of its keys: the first was read longest ago.
    if (entries.size > most) entries.delete(entries.keys().next().value!);
    return tenant;
  }
}
