import { pick, selectRow } from '../../database/columns.ts';
import type { Row } from '../../database/tables.ts';
import type { TenantDb } from '../../database/tenant-db.ts';

export const logoSizes = ['small', 'large', 'icon'] as const;

export type LogoSize = (typeof logoSizes)[number];

/** `width` and `height` are those of the small image. */
export interface Logo {
  hash: string;
  width: number;
  height: number;
}

export type LogoImages = Pick<Row<'logos'>, 'hash' | 'width' | 'height' | LogoSize>;

export function logoPath({ hash }: Logo, size: LogoSize): string {
  return `/logo.${hash}.${size}.png`;
}

export function isLogoHash(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{32}$/.test(value);
}

export function findLogo(db: TenantDb, hash: string) {
  return selectRow(db.from('logos').where({ hash }), pick('logos', 'hash', 'width', 'height'));
}

export function findLogoImage(db: TenantDb, hash: string, size: LogoSize) {
  return selectRow(db.from('logos').where({ hash }), { image: pick('logos', ...logoSizes)[size] });
}

/** A logo is removed a day after its latest upload unless `keepLogo` saves it. */
export async function insertLogo(db: TenantDb, images: LogoImages): Promise<void> {
  await db.insertInto('logos', images).onConflict(['tenant_id', 'hash']).merge(['created_at']);
}

/** Saves the logo in one statement, because old drafts could be removed between a read and an update. */
export async function keepLogo(db: TenantDb, hash: string): Promise<Logo | undefined> {
  const [logo] = await db
    .from('logos')
    .where({ hash })
    .update({ is_saved: true })
    .returning(['hash', 'width', 'height']);
  return logo as Logo | undefined;
}
