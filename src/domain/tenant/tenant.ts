import type { Config } from '../../config.ts';
import { theme, type Theme } from '../brand/theme-css.ts';
import { tenantAddresses } from './tenant-addresses.ts';

/** A row of `tenants`, as the directory reads it. */
export interface TenantRow {
  id: string;
  slug: string;
  name: string;
  status: 'active' | 'suspended';
  primary_host: string | null;
  locale: string;
  time_zone: string;
  currency: string;
  reply_to: string | null;
  password_min_length: number;
  brand: { color?: string };
}

/** What every page and mail knows of its tenant; up to ten seconds old. */
export interface Tenant extends Omit<TenantRow, 'brand' | 'primary_host'> {
  theme: Theme;
  /** Where its links lead: from what is stored, never from a request. */
  portal_origin: string;
  operations_origin: string;
}

export const tenantColumns = [
  'id',
  'slug',
  'name',
  'status',
  'primary_host',
  'locale',
  'time_zone',
  'currency',
  'reply_to',
  'password_min_length',
  'brand',
] as const;

export function toTenant({ brand, primary_host, ...row }: TenantRow, config: Config): Tenant {
  const { portal_url, operations_url } = tenantAddresses({ slug: row.slug, primary_host }, config);
  return { ...row, theme: theme(brand), portal_origin: portal_url, operations_origin: operations_url };
}
