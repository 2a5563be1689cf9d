import { newId } from '../../database/new-id.ts';
import type { Scope } from '../../database/scope.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { customerPermissions, staffPermissions, type Permission } from './permissions.ts';

export interface BuiltInRole {
  audience: 'customer' | 'staff';
  code: string;
  name: string;
  description: string;
  permissions: readonly Permission[];
}

const allStaffPermissions = Object.keys(staffPermissions) as Permission[];
const allCustomerPermissions = Object.keys(customerPermissions) as Permission[];
const settingsPermissions: readonly Permission[] = [
  'business.edit',
  'brand.edit',
  'billing_settings.edit',
  'gateways.edit',
  'custom_fields.edit',
  'labels.edit',
  'terms.publish',
  'team.edit',
];

export const builtInRoles: readonly BuiltInRole[] = [
  {
    audience: 'staff',
    code: 'manager',
    name: 'Manager',
    description: 'May do everything.',
    permissions: allStaffPermissions,
  },
  {
    audience: 'staff',
    code: 'admin',
    name: 'Admin',
    description: 'May do everything except change settings and manage the team.',
    permissions: allStaffPermissions.filter((permission) => !settingsPermissions.includes(permission)),
  },
  {
    audience: 'staff',
    code: 'operations',
    name: 'Operations',
    description:
      'Adds and changes users, companies and rentals, writes notes, keeps documents, records payments and sends emails.',
    permissions: [
      'users.view',
      'users.create',
      'users.edit',
      'users.invite',
      'companies.view',
      'companies.create',
      'companies.edit',
      'notes.edit',
      'documents.view',
      'documents.edit',
      'rentals.view',
      'rentals.edit',
      'rentals.lock',
      'access_codes.view',
      'requests.decide',
      'invoices.view',
      'payments.record',
      'emails.view',
      'emails.send',
    ],
  },
  {
    audience: 'staff',
    code: 'driver',
    name: 'Driver',
    description: 'Sees users, companies and rentals.',
    permissions: ['users.view', 'companies.view', 'rentals.view'],
  },
  {
    audience: 'customer',
    code: 'company_admin',
    name: 'Company Admin',
    description:
      'Sees and pays invoices, changes payment details, and sees the units and documents of the company.',
    permissions: allCustomerPermissions,
  },
  {
    audience: 'customer',
    code: 'accounts_payable',
    name: 'Accounts Payable',
    description: 'Sees and pays invoices, changes payment details, and sees and sends documents.',
    permissions: [
      'billing.view',
      'billing.pay',
      'payment_details.view',
      'payment_details.edit',
      'documents.view',
      'documents.send',
    ],
  },
  {
    audience: 'customer',
    code: 'view_only',
    name: 'View only',
    description: 'Sees units, invoices and documents.',
    permissions: ['units.view', 'billing.view', 'documents.view'],
  },
  {
    audience: 'customer',
    code: 'unit_manager',
    name: 'Unit manager',
    description: 'Sees units and access codes, signs agreements, asks for move-outs and transfers.',
    permissions: ['units.view', 'units.edit', 'access_codes.view'],
  },
];

/** The columns of `roles` by which a built-in role is found. */
export interface RoleKey {
  audience: 'customer' | 'staff';
  code: string;
  is_built_in: boolean;
}

function findBuiltInRole({ audience, code, is_built_in }: RoleKey): BuiltInRole | undefined {
  return is_built_in
    ? builtInRoles.find((role) => role.audience === audience && role.code === code)
    : undefined;
}

/** Which rows staff see, in requests and in the tasks that they start. No role restricts them yet. */
export function staffScope(): Scope {
  return { kind: 'all' };
}

/** `stored`: the rows of `role_permissions`, which count for custom roles only. */
export function rolePermissions(role: RoleKey, stored: readonly string[]): readonly string[] {
  return role.is_built_in ? (findBuiltInRole(role)?.permissions ?? []) : stored;
}

export function roleDescription(role: RoleKey & { description: string }): string {
  return role.is_built_in ? (findBuiltInRole(role)?.description ?? '') : role.description;
}

/** By `audience/code`, like `staff/manager`. */
export type RoleIds = ReadonlyMap<string, string>;

/** Stores neither permissions nor descriptions, so that those of a new release apply to every tenant. */
export async function insertBuiltInRoles(db: TenantDb): Promise<RoleIds> {
  const roles = builtInRoles.map(({ audience, code, name }, position) => ({
    id: newId(),
    audience,
    code,
    name,
    is_built_in: true,
    position,
  }));
  await db.insertInto('roles', roles);
  return new Map(roles.map(({ id, audience, code }) => [`${audience}/${code}`, id]));
}
