import type { Knex } from 'knex';

/** What `readTenant` uses of a compiled builder. */
export type Compiled = Pick<Knex.Sql, 'method' | 'options' | 'toNative'>;

/** Compiles each statement once. Its values must not depend on anything but the id of the tenant. */
export class CompiledStatements {
  readonly #byName = new Map<string, { tenantId: string; method: Knex.Sql['method'] } & Knex.SqlNative>();

  of(tenantId: string, name: string, build: () => Knex.Raw): Compiled {
    const known = this.#byName.get(name) ?? this.#compile(tenantId, name, build);
    const bindings = known.bindings.map((value) => (value === known.tenantId ? tenantId : value));
    return { method: known.method, options: {}, toNative: () => ({ sql: known.sql, bindings }) };
  }

  #compile(tenantId: string, name: string, build: () => Knex.Raw) {
    const compiled = build().toSQL();
    const statement = { ...compiled.toNative(), tenantId, method: compiled.method };
    this.#byName.set(name, statement);
    return statement;
  }
}
