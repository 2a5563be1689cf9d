import type { Knex } from 'knex';
import { aliasOf, type TableRef } from './columns.ts';
import type { TableName } from './tables.ts';

/** Which rows of the tenant staff may see. */
export type Scope =
  | { readonly kind: 'all' }
  | {
      readonly kind: 'restricted';
      readonly company_ids: readonly string[];
      /** No rule reads them yet, because there is no table of units. */
      readonly site_ids: readonly string[];
    };

/** Who reads. In a request it is the actor. */
export interface Viewer {
  readonly id: string | null;
  readonly scope: Scope;
}

/** Of the system, the commands and the customer portal, whose pages find only the customer's own rows. */
export const UNRESTRICTED: Viewer = { id: null, scope: { kind: 'all' } };

/** Returns the condition for a row that restricted staff may see. */
type Rule = (alias: string) => string;

/** Null for the settings of the tenant and for rows that pages find only through a row of another table. */
const rules = {
  companies: (c) => isInScope(`${c}.id`),
  memberships: (m) => isInScope(`${m}.company_id`),
  // A private customer is hidden, because no site says which staff are responsible.
  users: (u) => `(${u}.audience = 'staff' or exists (
    select 1 from memberships vm where vm.tenant_id = :tenant_id and vm.user_id = ${u}.id
      and ${isInScope('vm.company_id')}))`,
  emails: (e) => `(${refersToVisible('users', `${e}.user_id`)}
    and (${e}.variables->>'company_name' is null or ${isInScope(`cast(${e}.variables->>'company_id' as uuid)`)}))`,
  audit_events: (a) => `((${a}.target_type in ('custom_field', 'terms_version', 'tenant')
      or ${a}.target_type = 'user' and ${refersToVisible('users', `${a}.target_id`)}
      or ${a}.target_type = 'company' and ${refersToVisible('companies', `${a}.target_id`)}
      or ${a}.target_type = 'email' and ${refersToVisible('emails', `${a}.target_id`)})
    and not exists (
      select 1 from jsonb_path_query(jsonb_build_array(${a}.changes->'company', ${a}.changes->'parent'), '$[*][*]') named
      where named <> 'null' and named #>> '{}' not in (${VISIBLE_NAMES})))`,
  audit_seals: null,
  counters: null,
  custom_field_values: null,
  custom_fields: null,
  form_keys: null,
  login_sessions: null,
  logos: null,
  one_time_tokens: null,
  platform_events: null,
  platform_form_keys: null,
  platform_operators: null,
  role_assignments: null,
  role_permissions: null,
  roles: null,
  tasks: null,
  tenant_domains: null,
  tenants: null,
  terms_acceptances: null,
  terms_versions: null,
} satisfies Record<TableName, Rule | null>;

/** Audit events store no company id, so restricted staff do not see events with a former name of their company. */
const VISIBLE_NAMES = `select vn.name from companies vn where vn.tenant_id = :tenant_id and ${isInScope('vn.id')}`;

/** Returns undefined if the viewer may see every row of the table. */
export function visibilityCondition(
  table: TableRef,
  { scope }: Viewer,
  tenantId: string,
): { sql: string; bindings: Record<string, Knex.RawBinding> } | undefined {
  const rule: Rule | null = rules[table.split(' ')[0] as TableName];
  if (scope.kind === 'all' || !rule) return undefined;
  return {
    sql: rule(aliasOf(table)),
    bindings: { tenant_id: tenantId, company_ids: [...scope.company_ids] },
  };
}

function isInScope(column: string): string {
  return `${column} = any(cast(:company_ids as uuid[]))`;
}

function refersToVisible(table: 'users' | 'companies' | 'emails', column: string): string {
  const alias = `visible_${table}`;
  return `exists (
    select 1 from ${table} ${alias}
    where ${alias}.tenant_id = :tenant_id and ${alias}.id = ${column} and ${rules[table](alias)})`;
}
