/** Public, so they must not be seeded in production. */
const STAFF_PASSWORD = 'seven-lanterns-by-the-quay';
const CUSTOMER_PASSWORD = 'paper-boats-at-noon';

export interface DemoLogin {
  portal: 'account' | 'operations' | 'platform';
  tenant?: string;
  /** Shown in the start message. */
  description: string;
  email: string;
  password: string;
  first_name: string;
  last_name: string;
  /** Of staff and operators. */
  role?: string;
  /** Of customers: a role code by company name. */
  companies?: Readonly<Record<string, string>>;
  is_private_customer?: boolean;
}

const staff = (
  tenant: string,
  role: string,
  description: string,
  first_name: string,
  last_name: string,
): DemoLogin => ({
  portal: 'operations',
  tenant,
  description,
  email: `${role}@${tenant}.example`,
  password: STAFF_PASSWORD,
  first_name,
  last_name,
  role,
});

const customer = (
  tenant: string,
  description: string,
  email: string,
  [first_name, last_name]: readonly [string, string],
  companies: Readonly<Record<string, string>>,
  is_private_customer = Object.keys(companies).length === 0,
): DemoLogin => ({
  portal: 'account',
  tenant,
  description,
  email,
  password: CUSTOMER_PASSWORD,
  first_name,
  last_name,
  companies,
  is_private_customer,
});

export const demoLogins: readonly DemoLogin[] = [
  staff('acme', 'manager', 'Manager', 'Maya', 'Lindqvist'),
  staff('acme', 'admin', 'Admin', 'Tunde', 'Adebayo'),
  staff('acme', 'operations', 'Operations', 'Priya', 'Venkat'),
  staff('acme', 'driver', 'Driver', 'Callum', 'Ferris'),
  customer('acme', 'rents for herself', 'ada.obi@example.com', ['Ada', 'Obi'], {}),
  customer('acme', 'Company Admin', 'rosa.bright@example.com', ['Rosa', 'Bright'], {
    'Bright & Daughters Catering': 'company_admin',
  }),
  customer('acme', 'of two companies', 'theo.marlow@example.com', ['Theo', 'Marlow'], {
    'Harbour Lane Books': 'accounts_payable',
    'Kestrel Event Hire': 'unit_manager',
  }),
  customer(
    'acme',
    'rents for himself, and in a company',
    'kofi.mensah@example.com',
    ['Kofi', 'Mensah'],
    { 'Mensah Textiles': 'view_only' },
    true,
  ),
  customer('acme', 'company is blocked', 'lena.vale@example.com', ['Lena', 'Vale'], {
    'Vale Removals': 'company_admin',
  }),
  staff('najd', 'manager', 'Manager', 'هيفاء', 'السديري'),
  staff('najd', 'admin', 'Admin', 'Karim', 'Haddad'),
  staff('najd', 'operations', 'Operations', 'عمر', 'الراجح'),
  staff('najd', 'driver', 'Driver', 'سعد', 'المالكي'),
  customer('najd', 'Company Admin', 'noura@example.net', ['نورة', 'اليامي'], {
    'مطاعم واحة الرياض': 'company_admin',
  }),
  customer('najd', 'of two companies', 'mazen@example.net', ['مازن', 'العنزي'], {
    'مقهى سدرة': 'company_admin',
    'مقهى هيل': 'company_admin',
  }),
  {
    portal: 'platform',
    description: 'every tenant',
    email: 'operator@portico.example',
    password: STAFF_PASSWORD,
    first_name: 'Olu',
    last_name: 'Marsh',
    role: 'operator',
  },
];
