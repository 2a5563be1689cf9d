import type { Scope } from '../../database/scope.ts';
import type { CustomerCompany, CustomerContext } from '../membership/customer-context.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const lifetimes = {
  customer: { idle: 30 * MINUTE, absolute: 12 * HOUR },
  staff: { idle: 15 * MINUTE, absolute: 8 * HOUR },
  remembered: { idle: 14 * DAY, absolute: 14 * DAY },
};

/** In seconds: `idle` after the last request, `absolute` after the login. */
export function loginLifetime(
  audience: 'customer' | 'staff',
  isRemembered: boolean,
): { idle: number; absolute: number } {
  return isRemembered && audience === 'customer' ? lifetimes.remembered : lifetimes[audience];
}

export interface CurrentLogin {
  login_session_id: string;
  /** Names of steps, see pending-steps.ts. */
  pending: readonly string[];
  tenant_version: number;
  /** Of the custom fields of the tenant. Null for customers. */
  fields_version: number | null;
  user: CurrentUser;
  /** Of staff. Those of customers are in their contexts. */
  permissions: ReadonlySet<string>;
  scope: Scope;
}

export interface CurrentUser {
  id: string;
  audience: 'customer' | 'staff';
  email: string;
  name: string;
  first_name: string | null;
  last_name: string | null;
  email_verified_at: Date | null;
  locale: string | null;
  time_zone: string | null;
  /** Of a customer: a required custom field has no value. */
  has_missing_fields: boolean;
  /** Of a customer. */
  tenant_rents_units: boolean;
  /** Also the blocked ones. */
  companies: CustomerCompany[];
  /** Empty for staff. */
  contexts: CustomerContext[];
}

/** How the user proved who they are. */
export type LoginMethod = 'password' | 'invitation';

export interface StartedLoginSession {
  /** In seconds. */
  lifetime: number;
  is_remembered: boolean;
}

export interface Device {
  browser: string | undefined;
  system: string | undefined;
}

// In this order, because the user agents of most browsers also contain a name below.
const browsers: [RegExp, string][] = [
  [/\bEdg(e|A|iOS)?\//, 'Edge'],
  [/\b(OPR|Opera)\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/\b(Chrome|CriOS|Chromium|HeadlessChrome)\//, 'Chrome'],
  [/\bVersion\/[\d.]+.*\bSafari\//, 'Safari'],
];

const systems: [RegExp, string][] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMacintosh\b/, 'Mac'],
  [/\bLinux\b/, 'Linux'],
];

export function parseDevice(userAgent: string | null): Device {
  const firstMatch = (names: [RegExp, string][]) =>
    names.find(([pattern]) => pattern.test(userAgent ?? ''))?.[1];
  return { browser: firstMatch(browsers), system: firstMatch(systems) };
}
