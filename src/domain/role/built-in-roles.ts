import { newId } from '../../database/new-id.ts';
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
const settingsPermissions: readonly Permission[] = ['custom_fields.edit', 'terms.publish', 'team.edit'];

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
    description: 'May do everything but change settings and manage the team.',
    permissions: allStaffPermissions.filter((permission) => !settingsPermissions.includes(permission)),
  },
  {
    audience: 'staff',
    code: 'operations',
    name: 'Operations',
    description: 'Looks after users, companies and their emails.',
    permissions: [
      'users.view',
      'users.create',
      'users.edit',
      'users.invite',
      'companies.view',
      'companies.create',
      'companies.edit',
      'emails.view',
      'emails.send',
    ],
  },
  {
    audience: 'staff',
    code: 'driver',
    name: 'Driver',
    description: 'Sees users and companies.',
    permissions: ['users.view', 'companies.view'],
  },
  {
    audience: 'customer',
    code: 'company_admin',
    name: 'Company Admin',
    description: "Everything in the company's name, and looks after its people.",
    permissions: allCustomerPermissions,
  },
  {
    audience: 'customer',
    code: 'accounts_payable',
    name: 'Accounts Payable',
    description: 'Sees and pays bills, keeps the payment details.',
    permissions: ['billing.view', 'billing.pay', 'payment_details.view', 'payment_details.edit'],
  },
  {
    audience: 'customer',
    code: 'orders',
    name: 'Orders',
    description: 'Sees and places orders.',
    permissions: ['orders.view', 'orders.create'],
  },
  {
    audience: 'customer',
    code: 'view_only',
    name: 'View only',
    description: 'Sees units and bills, changes nothing.',
    permissions: ['units.view', 'billing.view', 'orders.view'],
  },
  {
    audience: 'customer',
    code: 'unit_manager',
    name: 'Unit manager',
    description: 'Sees and manages units.',
    permissions: ['units.view', 'units.edit'],
  },
];

/** By `audience/code`, like `staff/manager`. */
export type RoleIds = ReadonlyMap<string, string>;

/** Inserts missing roles and permissions. Does not change existing ones. */
export async function ensureBuiltInRoles(db: TenantDb): Promise<RoleIds> {
  await db
    .insertInto(
      'roles',
      builtInRoles.map(({ audience, code, name, description }, position) => ({
        id: newId(),
        audience,
        code,
        name,
        description,
        is_built_in: true,
        position,
      })),
    )
    .onConflict(['tenant_id', 'audience', 'code'])
    .ignore();
  const rows: { id: string; audience: string; code: string }[] = await db
    .from('roles')
    .where({ is_built_in: true })
    .select('id', 'audience', 'code');
  const ids = new Map(rows.map((row) => [`${row.audience}/${row.code}`, row.id]));
  const rolePermissions = builtInRoles.flatMap(({ audience, code, permissions }) =>
    permissions.map((permission) => ({ role_id: ids.get(`${audience}/${code}`), permission })),
  );
  await db
    .insertInto('role_permissions', rolePermissions)
    .onConflict(['tenant_id', 'role_id', 'permission'])
    .ignore();
  return ids;
}
