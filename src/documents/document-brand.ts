import { findLogoImage } from '../domain/brand/logo.ts';
import type { TenantDb } from '../database/tenant-db.ts';
import type { Tenant } from '../domain/tenant/tenant.ts';
import type { PdfImage } from '../pdf/pdf-pages.ts';

export interface DocumentBrand {
  colour: string;
  logo: PdfImage | null;
}

/** Undefined if the tenant has no logo. */
export function findDocumentLogo(db: TenantDb, { logo }: Pick<Tenant, 'logo'>) {
  return findLogoImage(db, logo?.hash ?? '', 'large');
}

/** `row` is the result of `findDocumentLogo`. */
export function documentBrand(
  { logo, theme }: Pick<Tenant, 'logo' | 'theme'>,
  row: { image: Buffer } | undefined,
): DocumentBrand {
  const { width, height } = logo ?? { width: 0, height: 0 };
  return { colour: theme.colours.brand, logo: row ? { image: row.image, width, height } : null };
}
