import * as z from 'zod';
import type { PlatformDb } from '../../database/as-platform.ts';
import { newId } from '../../database/new-id.ts';
import type { Actor } from '../actor.ts';
import type { Brand } from '../brand/brand.ts';
import { email, line, optionalLine, text } from '../form/fields.ts';
import { code, refuse, type RefusedValues } from '../form/parse-values.ts';
import { hashPassword } from '../password/hash-password.ts';
import { cleanLine } from '../text/pasted-text.ts';
import { checkPassword, passwordMinLength } from '../password/password.ts';
import { provisionTenant } from './provision-tenant.ts';
import type { BusinessValues } from './tenant-settings.ts';

export interface TenantOptions extends Partial<Omit<BusinessValues, 'name'>> {
  /** The first Manager's password. Without it `set_password_token` is returned. */
  password?: string;
  brand?: Brand;
  /** Whether the tenant begins with the sandbox as its payment service. */
  has_sandbox?: boolean;
}

export type CreateTenantResult =
  | {
      ok: true;
      tenant: { id: string; slug: string; name: string };
      manager: { id: string; email: string };
      /** Valid for 24 hours. Null when a password was given. */
      set_password_token: string | null;
    }
  | RefusedValues;

const PASSWORD_MIN_LENGTH = 12;

export async function createTenant(
  db: PlatformDb,
  actor: Actor,
  values: z.infer<typeof newTenantSchema>,
  options: TenantOptions = {},
): Promise<CreateTenantResult> {
  const { name, slug, admin_email, admin_name } = values;
  const { password, has_sandbox = false, ...settings } = options;
  const problem = password === undefined ? null : await checkManagerPassword(password, values);
  if (problem) return refuse({ field: 'password', ...problem });
  const passwordHash = password === undefined ? null : await hashPassword(password);

  const tenant = { id: newId(), slug, name };
  // Customers need someone to write to from the first email on.
  if (!(await insertTenant(db, tenant, { contact_email: admin_email, ...settings })))
    return refuse({ field: 'slug', code: 'slug_taken' });
  const setup = { admin_email, admin_name, passwordHash, locale: options.locale ?? 'en', has_sandbox };
  const { token, ...manager } = await provisionTenant(db, actor, tenant, setup);
  return { ok: true, tenant, manager, set_password_token: token };
}

async function insertTenant(
  db: PlatformDb,
  tenant: { id: string; slug: string; name: string },
  { brand = {}, ...settings }: Omit<TenantOptions, 'password' | 'has_sandbox'>,
): Promise<boolean> {
  const inserted = await db
    .from('tenants')
    .insert({ ...tenant, ...settings, brand: JSON.stringify(brand) })
    .onConflict('slug')
    .ignore()
    .returning('id');
  return inserted.length > 0;
}

function checkManagerPassword(password: string, tenant: z.infer<typeof newTenantSchema>) {
  const { admin_email, admin_name } = tenant;
  const names = { tenant, user: [admin_email, admin_name ?? ''], companies: [] };
  return checkPassword(password, passwordMinLength('staff', PASSWORD_MIN_LENGTH), names);
}

// Subdomains that users, mail servers or browsers would take for the platform's own.
const reservedSlugs = new Set(
  `about abuse account accounts admin administrator api app apps assets auth autoconfig autodiscover billing blog cdn
   console contact dashboard demo dev dns docs download email example files forum ftp help hostmaster id images
   imap info internal invalid ldap legal local localhost login logout m mail mailer media metrics mobile monitor mta-sts
   mx my new news noreply ns ns1 ns2 oauth office operations operator ops owner payment payments platform pop pop3
   portal postmaster private proxy public register root sandbox secure security server setup shop signup sip smtp sso
   ssl staff staging static stats status store support sys system team tenant tenants test tls upload user users vpn
   webmaster webmail wpad ws www www1 www2`.split(/\s+/),
);

/** Refuses look-alikes from other alphabets: only ASCII, and no Punycode (`xn--`), which has two hyphens. */
const SLUG = /^[a-z0-9]+(-[a-z0-9]+)*$/;

function slug() {
  return text()
    .transform((text) => cleanLine(text).toLowerCase())
    .pipe(
      text()
        .min(1, { ...code('required'), abort: true })
        .refine((text) => text.length >= 2 && text.length <= 40 && SLUG.test(text), {
          ...code('invalid_slug'),
          abort: true,
        })
        .refine((text) => !reservedSlugs.has(text), code('reserved_slug')),
    );
}

export const newTenantSchema = z.object({
  name: line(100),
  slug: slug(),
  admin_email: email(),
  admin_name: optionalLine(),
});
