import { createHash } from 'node:crypto';
import type { Sharp } from 'sharp';
import { refuse, type Parsed } from '../form/parse-values.ts';
import type { LogoImages } from './logo.ts';

export const MAX_LOGO_BYTES = 1024 * 1024;
const MIN_PIXELS = 16;
const MAX_PIXELS = 4_096;

/** The largest sizes in pixels. */
const SMALL = { width: 240, height: 48 };
const LARGE = { width: 2 * SMALL.width, height: 2 * SMALL.height };
const ICON = 192;

/** Reads a PNG, JPEG or WebP file by its content, and encodes it again without its metadata. */
export async function readLogo(file: Buffer): Promise<Parsed<LogoImages>> {
  const field = 'logo_file';
  try {
    const image = await openImage(file);
    const { width, height } = await image.metadata();
    if (Math.max(width, height) > MAX_PIXELS)
      return refuse({ field, code: 'logo_too_large', params: { max: MAX_PIXELS } });
    if (Math.min(width, height) < MIN_PIXELS)
      return refuse({ field, code: 'logo_too_small', params: { min: MIN_PIXELS } });
    return { ok: true, values: await encodeImages(image) };
  } catch {
    return refuse({ field, code: 'invalid_logo' });
  }
}

/** Loads sharp at the first use, because few processes need it. */
async function openImage(file: Buffer): Promise<Sharp> {
  const { default: sharp } = await import('sharp');
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({
    operation: ['VipsForeignLoadPng', 'VipsForeignLoadJpeg', 'VipsForeignLoadWebp'],
  });
  // A small file can have billions of pixels.
  return sharp(file, { limitInputPixels: MAX_PIXELS * MAX_PIXELS, failOn: 'error' });
}

async function encodeImages(image: Sharp): Promise<LogoImages> {
  const upright = image.autoOrient().timeout({ seconds: 10 });
  const inside = { fit: 'inside', withoutEnlargement: true } as const;
  const png = { compressionLevel: 9 };
  // One after the other, because a decoded image takes up to 64 MB.
  const small = await upright
    .clone()
    .resize({ ...SMALL, ...inside })
    .png(png)
    .toBuffer({ resolveWithObject: true });
  const large = await upright
    .clone()
    .resize({ ...LARGE, ...inside })
    .png(png)
    .toBuffer();
  const icon = await upright
    .clone()
    .resize({ width: ICON, height: ICON, fit: 'contain', background: { r: 0, g: 0, b: 0, alpha: 0 } })
    .png(png)
    .toBuffer();
  const { width, height } = small.info;
  const hash = createHash('sha256').update(large).digest('hex').slice(0, 32);
  return { hash, width, height, small: small.data, large, icon };
}
