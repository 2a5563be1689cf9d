import type { CustomField } from '../custom-field/custom-field-queries.ts';
import type { FieldEntity } from '../custom-field/custom-field.ts';
import type { ImportColumn, ImportKindInfo, ImportKindName } from './import-kind.ts';
import {
  balanceColumns,
  companyColumns,
  exportedOfUsers,
  rentalColumns,
  unitColumns,
  userColumns,
} from './kind-columns.ts';
import { normalise } from './match-columns.ts';

const all = ['create', 'update', 'both'] as const;

export const importKinds: Readonly<Record<ImportKindName, ImportKindInfo>> = {
  users: {
    name: 'users',
    title: 'Users',
    permissions: ['users.create', 'users.edit'],
    modes: all,
    keys: [
      { name: 'email', label: 'Email' },
      { name: 'id', label: 'Id' },
    ],
    may_clear: true,
    columns: (fields) => [...userColumns, ...customColumns(fields, 'user', exportedOfUsers)],
  },
  companies: {
    name: 'companies',
    title: 'Companies',
    permissions: ['companies.create', 'companies.edit'],
    modes: all,
    keys: [
      { name: 'code', label: 'Code' },
      { name: 'id', label: 'Id' },
    ],
    columns: (fields) => [...companyColumns, ...customColumns(fields, 'company')],
  },
  units: {
    name: 'units',
    title: 'Units',
    permissions: ['sites.edit'],
    modes: all,
    keys: [
      { name: 'code', label: 'Site and code' },
      { name: 'id', label: 'Id' },
    ],
    columns: (fields) => [...unitColumns, ...customColumns(fields, 'unit')],
  },
  rentals: {
    name: 'rentals',
    title: 'Rentals',
    permissions: ['rentals.edit'],
    modes: ['create'],
    keys: [{ name: 'unit', label: 'Site and unit' }],
    columns: (fields) => [...rentalColumns, ...customColumns(fields, 'rental')],
  },
  balances: {
    name: 'balances',
    title: 'Opening balances',
    permissions: ['invoices.issue', 'invoices.credit'],
    modes: ['create'],
    keys: [{ name: 'customer', label: 'Customer' }],
    columns: () => balanceColumns,
  },
};

/** Those that can be imported. */
export const availableKinds = ['users', 'companies', 'units'] as const satisfies readonly ImportKindName[];

const kindsOfEntities: Partial<Record<FieldEntity, ImportKindName>> = {
  user: 'users',
  company: 'companies',
  unit: 'units',
  rental: 'rentals',
};

/** As compared: the headings of a file of such rows that never mean a custom field. */
export function headingsOfKind(entity: FieldEntity): string[] {
  const kind = kindsOfEntities[entity];
  if (kind === undefined) return [];
  return importKinds[kind].columns([]).flatMap(({ name, label }) => [normalise(name), normalise(label)]);
}

export const CUSTOM_PREFIX = 'cf.';

function customColumns(
  fields: readonly CustomField[],
  entity: FieldEntity,
  unmatched: readonly string[] = [],
): ImportColumn[] {
  const headings = unmatched.map(normalise);
  return fields
    .filter((field) => field.entity === entity && isImported(field))
    .map((field) => ({
      ...customColumn(field),
      ...(headings.includes(normalise(field.title)) && { is_label_unmatched: true }),
    }));
}

/** A file has no content for a field of files, and forms have no input for a read-only one. */
function isImported({ type, retired_at, is_read_only }: CustomField): boolean {
  return type !== 'file' && retired_at === null && !is_read_only;
}

function customColumn({ code, title, type, choices }: CustomField): ImportColumn {
  return {
    name: `${CUSTOM_PREFIX}${code}`,
    label: title,
    aliases: [code, `customFields.${code}`, `customField.${code}`, `custom.${code}`, `cf.${code}`],
    is_required: false,
    example: type === 'choice' || type === 'choices' ? (choices[0] ?? '') : EXAMPLES[type],
  };
}

const EXAMPLES = {
  text: 'abc',
  long_text: 'abc',
  number: '12.5',
  date: '2026-01-31',
  yes_no: 'yes',
  email: 'ada@example.com',
  phone: '+44 20 7946 0000',
  url: 'https://example.com',
  file: '',
} as const;
