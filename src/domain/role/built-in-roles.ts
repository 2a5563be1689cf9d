import { customerPermissions, staffPermissions, type Permission } from './permissions.ts';

export interface BuiltInRole {
  audience: 'customer' | 'staff';
  code: string;
  name: string;
  description: string;
  permissions: readonly Permission[];
}

const allOfStaff = Object.keys(staffPermissions) as Permission[];
const allOfCustomers = Object.keys(customerPermissions) as Permission[];
const settings: readonly Permission[] = ['custom_fields.edit', 'terms.publish', 'team.edit'];

/** What every tenant starts with. */
export const builtInRoles: readonly BuiltInRole[] = [
  {
    audience: 'staff',
    code: 'manager',
    name: 'Manager',
    description: 'May do everything.',
    permissions: allOfStaff,
  },
  {
    audience: 'staff',
    code: 'admin',
    name: 'Admin',
    description: 'May do everything but change settings and manage the team.',
    permissions: allOfStaff.filter((permission) => !settings.includes(permission)),
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
    permissions: allOfCustomers,
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
