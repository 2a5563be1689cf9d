import type { Knex } from 'knex';
import { aliasOf, type TableRef } from './columns.ts';
import type { TableName } from './tables.ts';

/** Which rows of the tenant staff may see. */
export type Scope =
  | { readonly kind: 'all' }
  | {
      readonly kind: 'restricted';
      readonly company_ids: readonly string[];
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
  sites: (s) => isSiteInScope(`${s}.id`),
  units: (u) => isSiteInScope(`${u}.site_id`),
  billing_accounts: (b) => isInScope(`${b}.company_id`),
  rentals: (r) => refersToVisible('billing_accounts', `${r}.billing_account_id`),
  invoices: (i) => refersToVisible('billing_accounts', `${i}.billing_account_id`),
  payments: (p) => refersToVisible('billing_accounts', `${p}.billing_account_id`),
  allocations: (a) => refersToVisible('billing_accounts', `${a}.billing_account_id`),
  ledger_entries: (l) => refersToVisible('billing_accounts', `${l}.billing_account_id`),
  requests: (r) => refersToVisible('users', `${r}.user_id`),
  payment_methods: (m) => refersToVisible('billing_accounts', `${m}.billing_account_id`),
  short_payments: (s) => refersToVisible('billing_accounts', `${s}.billing_account_id`),
  user_aliases: (a) => refersToVisible('users', `${a}.user_id`),
  user_labels: (l) => refersToVisible('users', `${l}.user_id`),
  company_labels: (l) => refersToVisible('companies', `${l}.company_id`),
  company_locations: (l) => refersToVisible('companies', `${l}.company_id`),
  rental_labels: (l) => refersToVisible('rentals', `${l}.rental_id`),
  notes: (n) => `(${refersToVisible('users', `${n}.user_id`)} or ${isInScope(`${n}.company_id`)})`,
  documents: (d) => `(${refersToVisible('users', `${d}.user_id`)} or ${isInScope(`${d}.company_id`)})`,
  // Its sums are those of every company and site.
  dashboard_summaries: () => 'false',
  audit_events: (
    a,
  ) => `((${a}.target_type in ('custom_field', 'label', 'terms_version', 'tenant', 'unit_type', 'tax_rate', 'agreement_version')
      or ${a}.target_type = 'user' and ${refersToVisible('users', `${a}.target_id`)}
      or ${a}.target_type = 'company' and ${refersToVisible('companies', `${a}.target_id`)}
      or ${a}.target_type = 'email' and ${refersToVisible('emails', `${a}.target_id`)}
      or ${a}.target_type = 'site' and ${refersToVisible('sites', `${a}.target_id`)}
      or ${a}.target_type = 'unit' and ${refersToVisible('units', `${a}.target_id`)}
      or ${a}.target_type = 'rental' and ${refersToVisible('rentals', `${a}.target_id`)}
      or ${a}.target_type = 'invoice' and ${refersToVisible('invoices', `${a}.target_id`)}
      or ${a}.target_type = 'payment' and ${refersToVisible('payments', `${a}.target_id`)}
      or ${a}.target_type = 'payment_method' and ${refersToVisible('payment_methods', `${a}.target_id`)}
      or ${a}.target_type = 'request' and ${refersToVisible('requests', `${a}.target_id`)})
    and not exists (
      select 1 from jsonb_path_query(jsonb_build_array(${a}.changes->'company', ${a}.changes->'parent'), '$[*][*]') named
      where named <> 'null' and named #>> '{}' not in (${VISIBLE_NAMES})))`,
  agreement_versions: null,
  agreements: null,
  audit_heads: null,
  audit_seals: null,
  billing_runs: null,
  bulk_results: null,
  billing_schedules: null,
  billing_settings: null,
  counters: null,
  custom_field_values: null,
  custom_field_values_index: null,
  custom_fields: null,
  document_storage: null,
  files: null,
  form_keys: null,
  gateway_customers: null,
  gateway_events: null,
  gateways: null,
  import_mappings: null,
  import_rows: null,
  imports: null,
  invoice_comments: null,
  invoice_lines: null,
  invoice_reminders: null,
  labels: null,
  late_fee_rules: null,
  login_sessions: null,
  logos: null,
  mandates: null,
  one_time_tokens: null,
  payment_attempts: null,
  payment_invoices: null,
  platform_events: null,
  platform_form_keys: null,
  platform_operators: null,
  rental_charges: null,
  rental_periods: null,
  rental_prices: null,
  role_assignments: null,
  role_permissions: null,
  roles: null,
  // Their counts are shown only to staff who see every row.
  saved_views: null,
  sandbox_charges: null,
  sandbox_customers: null,
  sandbox_events: null,
  sandbox_methods: null,
  sandbox_refunds: null,
  sandbox_requests: null,
  sandbox_sessions: null,
  sandbox_switches: null,
  tasks: null,
  tax_rates: null,
  tenant_domains: null,
  tenants: null,
  terms_acceptances: null,
  terms_versions: null,
  unit_types: null,
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
    bindings: {
      tenant_id: tenantId,
      company_ids: [...scope.company_ids],
      site_ids: [...scope.site_ids],
    },
  };
}

function isInScope(column: string): string {
  return `${column} = any(cast(:company_ids as uuid[]))`;
}

function isSiteInScope(column: string): string {
  return `${column} = any(cast(:site_ids as uuid[]))`;
}

type Referred =
  | 'users'
  | 'companies'
  | 'emails'
  | 'sites'
  | 'units'
  | 'billing_accounts'
  | 'rentals'
  | 'invoices'
  | 'payments'
  | 'payment_methods'
  | 'requests';

function refersToVisible(table: Referred, column: string): string {
  const alias = `visible_${table}`;
  return `exists (
    select 1 from ${table} ${alias}
    where ${alias}.tenant_id = :tenant_id and ${alias}.id = ${column} and ${rules[table](alias)})`;
}
