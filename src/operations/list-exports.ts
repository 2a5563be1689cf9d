import type { List } from '../database/list.ts';
import type { Filters, ListQuery } from '../database/parse-list.ts';
import type { TenantDb } from '../database/tenant-db.ts';
import { auditList } from '../domain/audit/audit-list.ts';
import { creditList } from '../domain/billing-account/billing-account-list.ts';
import { runList } from '../domain/billing-run/billing-run-list.ts';
import { companyList } from '../domain/company/company-list.ts';
import { fieldsOfList, listWithFields } from '../domain/custom-field/field-list.ts';
import { emailList } from '../domain/email/email-list.ts';
import type { ExportedList, ExportedLists } from '../domain/export/export.ts';
import { gatewayEventList } from '../domain/gateway-event/gateway-event-list.ts';
import { invoiceList } from '../domain/invoice/invoice-list.ts';
import { paymentList } from '../domain/payment/payment-list.ts';
import { rentalList } from '../domain/rental/rental-list.ts';
import { requestList } from '../domain/request/request-list.ts';
import type { StaffPermission } from '../domain/role/permissions.ts';
import { shortPaymentList } from '../domain/short-payment/short-payment-list.ts';
import { siteList } from '../domain/site/site-list.ts';
import { staffList } from '../domain/staff/staff-list.ts';
import { taskList } from '../domain/task/task-list.ts';
import { unitTypeList } from '../domain/unit-type/unit-type-list.ts';
import { unitList } from '../domain/unit/unit-list.ts';
import { userList } from '../domain/user/user-list.ts';
import { auditColumns } from './audit-log.ts';
import { creditColumns } from './balances/list.ts';
import { runColumns } from './billing-runs/list.ts';
import { companyColumns } from './companies/columns.ts';
import { disputeColumns } from './disputes/list.ts';
import { emailColumns } from './emails/list.ts';
import { invoiceColumns } from './invoices/columns.ts';
import type { Column } from './list-columns.ts';
import { customColumns, hasCustomColumn } from './list-fields.ts';
import { openFile } from './list-file.ts';
import { selectedQuery } from './list-selection.ts';
import { paymentColumns } from './payments/columns.ts';
import { rentalColumns } from './rentals/columns.ts';
import { requestColumns } from './requests/list.ts';
import { eventColumns } from './settings/payments/events.ts';
import { staffColumns } from './settings/team/list.ts';
import { siteColumns } from './sites/list.ts';
import { importList } from '../domain/import/import-list.ts';
import { importColumns } from './imports/list.ts';
import { taskColumns } from './tasks/list.ts';
import { unitTypeColumns } from './unit-types/list.ts';
import { unitColumns } from './units/columns.ts';
import { userColumns } from './users/columns.ts';

/** For tasks, which have no screen. The permissions are those of the screens. */
export const exportedLists: ExportedLists = {
  'audit-log': exported('audit_log.view', auditList, auditColumns, '/audit-log'),
  balances: exported('invoices.view', creditList, creditColumns, '/balances'),
  'billing-runs': exported('invoices.issue', runList, runColumns, '/billing-runs'),
  'closed-disputes': exported('invoices.view', shortPaymentList, disputeColumns, '/disputes/closed', () => ({
    state: 'closed',
  })),
  companies: exported('companies.view', companyList, companyColumns, '/customers/companies'),
  disputes: exported('invoices.view', shortPaymentList, disputeColumns, '/disputes', () => ({
    state: 'open',
  })),
  emails: exported('emails.view', emailList, emailColumns, '/emails'),
  'gateway-events': exported('gateways.edit', gatewayEventList, eventColumns, '/settings/payments/events'),
  invoices: exported('invoices.view', invoiceList, invoiceColumns, '/invoices'),
  payments: exported('invoices.view', paymentList, paymentColumns, '/payments'),
  rentals: exported('rentals.view', rentalList, rentalColumns, '/rentals'),
  requests: exported('requests.decide', requestList, requestColumns, '/requests'),
  sites: exported('rentals.view', siteList, siteColumns, '/sites'),
  imports: exported('imports.create', importList, importColumns, '/imports'),
  tasks: exported(null, taskList, taskColumns, '/tasks', (requested_by) => ({ requested_by })),
  team: exported('team.edit', staffList, staffColumns, '/settings/team'),
  'unit-types': exported('rentals.view', unitTypeList, unitTypeColumns, '/unit-types'),
  units: exported('rentals.view', unitList, unitColumns, '/units'),
  users: exported('users.view', userList, userColumns, '/users'),
};

function exported<Row extends { id: string }, Given extends Filters, Within extends string>(
  permission: StaffPermission | null,
  list: List<Row, TenantDb, Given, Within>,
  columns: readonly Column<Row>[],
  path: string,
  within = (_userId: string) => ({}) as Readonly<Record<Within, string>>,
): ExportedList {
  return {
    permission,
    path,
    hasFields: list.declaration.entity !== undefined,
    parse: (params, { userId, ...options }, fields) =>
      JSON.stringify(
        selectedQuery(listWithFields(list, fields), params, { ...options, within: within(userId) }),
      ),
    open: ({ query, columns: names }, context, fields) => {
      const all = [...columns, ...customColumns<Row>(fieldsOfList(fields, list.declaration), columns)];
      const chosen = names.flatMap((name) => all.find((column) => column.name === name) ?? []);
      const rowList = listWithFields(list, fields, { withValues: hasCustomColumn(chosen) });
      // The list checks it before each statement.
      const stored = JSON.parse(query) as ListQuery<Given, Within>;
      rowList.checkFilters(stored);
      return openFile({ list: rowList, columns: chosen, query: stored }, context);
    },
  };
}
