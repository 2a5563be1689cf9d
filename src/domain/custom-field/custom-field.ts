import type { TenantDb } from '../../database/tenant-db.ts';
import type { Row, TableName } from '../../database/tables.ts';
import type { StaffPermission } from '../role/permissions.ts';
import { MAX_LINES } from './field-types.ts';

export type FieldEntity = Row<'custom_fields'>['entity'];
export type CustomerAccess = Row<'custom_fields'>['customer_access'];

const RENTED_UNIT = `(select u.code from units u where u.tenant_id = ? and u.id = t.unit_id)`;

interface EntityOfFields {
  table: TableName;
  label: string;
  name: string;
  /** What staff need to see, or change, a row. */
  view: StaffPermission;
  edit: StaffPermission;
}

/** What may have custom fields, the table `t` whose column `custom` has the values, and SQL for the name of a row. */
export const fieldEntities = {
  user: {
    table: 'users',
    label: 'Users',
    name: `case when t.name = '' then t.email else t.name end`,
    view: 'users.view',
    edit: 'users.edit',
  },
  company: {
    table: 'companies',
    label: 'Companies',
    name: 't.name',
    view: 'companies.view',
    edit: 'companies.edit',
  },
  site: { table: 'sites', label: 'Sites', name: 't.name', view: 'rentals.view', edit: 'sites.edit' },
  unit_type: {
    table: 'unit_types',
    label: 'Unit types',
    name: 't.name',
    view: 'rentals.view',
    edit: 'sites.edit',
  },
  unit: { table: 'units', label: 'Units', name: 't.code', view: 'rentals.view', edit: 'sites.edit' },
  rental: {
    table: 'rentals',
    label: 'Rentals',
    name: RENTED_UNIT,
    view: 'rentals.view',
    edit: 'rentals.edit',
  },
  invoice: {
    table: 'invoices',
    label: 'Invoices',
    name: `coalesce(t.label, '')`,
    view: 'invoices.view',
    edit: 'invoices.issue',
  },
} as const satisfies Record<FieldEntity, EntityOfFields>;

export const fieldEntityNames = Object.keys(fieldEntities) as [FieldEntity, ...FieldEntity[]];

/** Customers see and fill in the fields of their own user; of rentals and invoices they see fields. */
export const customerAccesses: Readonly<Record<FieldEntity, readonly CustomerAccess[]>> = {
  user: ['none', 'view', 'sign_up', 'edit'],
  company: ['none'],
  site: ['none'],
  unit_type: ['none'],
  unit: ['none'],
  rental: ['none', 'view'],
  invoice: ['none', 'view'],
};

/** The name of a row of the table `t`. */
export function rowName(db: TenantDb, entity: FieldEntity) {
  const { name } = fieldEntities[entity];
  return db.raw<string>(name, name.includes('?') ? [db.tenantId] : []);
}

/** Of one entity. */
export const MAX_FIELDS = 200;
/** Of one row, in characters. */
export const MAX_VALUES_LENGTH = 5 * MAX_LINES;
/** A form has one or two fields for each custom field, and one for each chosen choice. */
export const MAX_VALUE_FIELDS = 1_000;
