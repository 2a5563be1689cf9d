import * as z from 'zod';
import type { CsvRows } from '../../csv.ts';
import type { TenantAccess } from '../../database/in-tenant.ts';
import type { PagePosition } from '../../database/paginate.ts';
import type { Params } from '../../database/parse-list.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { CustomField } from '../custom-field/custom-field-queries.ts';
import { line, optionalLine, text } from '../form/fields.ts';
import type { StaffPermission } from '../role/permissions.ts';

/** A longer list is exported by a task. */
export const MAX_STREAMED_ROWS = 10_000;

/** The lists that can be exported, with the name of the file. */
export const exportTitles = {
  'audit-log': 'Audit log',
  balances: 'Unapplied credit',
  'billing-runs': 'Billing runs',
  'closed-disputes': 'Closed disputes',
  companies: 'Companies',
  disputes: 'Disputes',
  emails: 'Emails',
  'gateway-events': 'Events of the payment service',
  imports: 'Imports',
  invoices: 'Invoices',
  payments: 'Payments',
  rentals: 'Rentals',
  requests: 'Requests',
  sites: 'Sites',
  tasks: 'Tasks',
  team: 'Team',
  'unit-types': 'Unit types',
  units: 'Units',
  users: 'Users',
} as const;

/** Whether each viewer sees other rows of the list. */
export function isPersonal(list: ExportName): boolean {
  return list === 'tasks';
}

/** More than the address of a page has. */
export const MAX_EXPORT_FIELD_LENGTH = 20_000;

export type ExportName = keyof typeof exportTitles;

export const exportNames = Object.keys(exportTitles) as [ExportName, ...ExportName[]];

/** For whom the rows are written. */
export interface ExportContext {
  can: (permission: string) => boolean;
  userId: string;
  /** Of the tenant. */
  currency: string;
  /** For the values of secret fields. */
  secretKeys: readonly string[];
}

export interface ExportBatch {
  rows: CsvRows;
  /** Of the last row. */
  place: PagePosition;
}

/** The rows of a parsed query, with the chosen columns that the context permits. */
export interface OpenExport {
  headings: readonly string[];
  /** The titles of the columns that are secret fields. */
  secrets: readonly string[];
  /** Of all rows, or at most one more than `limit`. */
  count(db: TenantDb, limit?: number): Promise<number>;
  batches(read: TenantAccess['readTenant'], after: PagePosition | null): AsyncGenerator<ExportBatch>;
  /** The parameters of the list, as a query string. */
  params: string;
  /** The same as in audit events. */
  filters: string;
  /** Whether the list still has the filters. Without them the file would have more rows. */
  isUnderstood: boolean;
}

/** A list with its columns, and those of the custom fields of the tenant. */
export interface ExportedList {
  /** Null for a list that every member of staff sees. */
  permission: StaffPermission | null;
  /** Whether its rows can have custom fields. */
  hasFields: boolean;
  /** Of its page. */
  path: string;
  /**
   * Returns the query as JSON. `ids` are those of the selected rows, or null for all rows that match.
   *
   * @throws {BadRequest} for an invalid filter with `ids`; without, invalid filters are left out
   */
  parse(
    params: Params,
    options: { time_zone: string; userId: string; ids?: readonly string[] | null },
    fields: readonly CustomField[],
  ): string;
  /** @throws {InvalidFilter} for a filter that the list no longer has, and for a query that this version does not support */
  open(
    request: { query: string; columns: readonly string[] },
    context: ExportContext,
    fields: readonly CustomField[],
  ): OpenExport;
}

export type ExportedLists = Readonly<Record<ExportName, ExportedList>>;

/** Of the task. */
export const exportInput = z.object({
  list: z.enum(exportNames),
  title: text(),
  /** JSON of the query of the list. */
  query: text(),
  /** Their names, separated by commas. */
  columns: text(),
  requested_by: text(),
  /** Their titles. The file is only for those who may see them. */
  secret_fields: text().default(''),
});

export type ExportInput = z.infer<typeof exportInput>;

/** The columns as in the task; the query as in the address of the list. */
export const exportForm = z.object({
  list: z.enum(exportNames),
  columns: line(MAX_EXPORT_FIELD_LENGTH),
  query: optionalLine(MAX_EXPORT_FIELD_LENGTH),
});
