import * as z from 'zod';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { changedFields } from '../audit/audit.ts';
import { checkbox, text, version } from '../form/fields.ts';
import { code, refuse } from '../form/parse-values.ts';
import { cleanLine } from '../text/pasted-text.ts';
import { findTenantSettings, saveTenant, type SettingsResult } from '../tenant/tenant-settings.ts';
import { findLogo, isLogoHash, type Logo } from './logo.ts';
import { DEFAULT_COLOUR } from './theme-css.ts';

/** The column of a tenant. Without a colour the default one is used. */
export interface Brand {
  color?: string;
  logo?: Logo | null;
}

export const brandFormSchema = z.object({
  color: colour(),
  /** The hash of the logo that the page shows; empty for none. */
  logo: text()
    .refine((hash) => hash === '' || isLogoHash(hash), code('unknown_logo'))
    .transform((hash) => hash || null),
  remove_logo: checkbox(),
  action: z.enum(['preview', 'save'], code('invalid')),
  version: version(),
});

/** Accepts `#0B6E75`, `0b6e75` and `#0be`; the value is `#rrggbb`. */
export function colour() {
  return text()
    .transform((colour) =>
      cleanLine(colour)
        .toLowerCase()
        .replace(/^#?([0-9a-f])([0-9a-f])([0-9a-f])$/, '#$1$1$2$2$3$3'),
    )
    .refine((colour) => /^#?[0-9a-f]{6}$/.test(colour), code('invalid_colour'))
    .transform((colour) => `#${colour.slice(-6)}`);
}

interface BrandValues {
  color?: string;
  /** The hash of a stored logo; null removes the logo. */
  logo?: string | null;
  /** The one that the user has seen. */
  version: number;
}

/** Changes only the given values. */
export async function updateBrand(
  db: TenantDb,
  actor: Actor,
  { version, ...values }: BrandValues,
): Promise<SettingsResult> {
  const before = found(await findTenantSettings(db));
  const stored = before.brand as Brand;
  const shown = { color: stored.color ?? DEFAULT_COLOUR, logo: stored.logo?.hash ?? null };
  const changes = changedFields(shown, { ...values });
  const brand: Brand = { ...stored, ...(values.color && { color: values.color }) };
  if ('logo' in changes) brand.logo = values.logo ? ((await findLogo(db, values.logo)) ?? null) : null;
  if (values.logo && !brand.logo) return refuse({ field: 'logo_file', code: 'unknown_logo' });
  if (brand.logo && 'logo' in changes)
    db.defer(db.from('logos').where({ hash: brand.logo.hash }).update({ is_saved: true }));
  return saveTenant(db, actor, {
    before,
    version,
    values: { brand },
    event: 'tenant.brand_changed',
    changes,
  });
}
