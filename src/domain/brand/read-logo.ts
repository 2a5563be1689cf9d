import { createHash } from 'node:crypto';
import type { Sharp } from 'sharp';
import { MEGABYTE } from '../file/file-types.ts';
import { refuse, type Parsed } from '../form/parse-values.ts';
import type { LogoImages } from './logo.ts';

export const MAX_LOGO_BYTES = MEGABYTE;
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
    // From the header, without decoding.
    const { width, height } = await image.metadata();
    if (Math.max(width, height) > MAX_PIXELS)
      return refuse({ field, code: 'logo_too_large', params: { max: MAX_PIXELS } });
    if (Math.min(width, height) < MIN_PIXELS)
      return refuse({ field, code: 'logo_too_small', params: { min: MIN_PIXELS } });
    return { ok: true, values: await oneAtATime(() => encodeImages(image)) };
  } catch {
    return refuse({ field, code: 'invalid_logo' });
  }
}

let previous: Promise<unknown> = Promise.resolve();

/** Simultaneous uploads would take every thread of the process, which also hash passwords. */
function oneAtATime<Result>(run: () => Promise<Result>): Promise<Result> {
  const next = previous.then(run, run);
  previous = next;
  return next;
}

/** Loads sharp at the first use, because few processes need it. */
async function openImage(file: Buffer): Promise<Sharp> {
  const { default: sharp } = await import('sharp');
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({
    operation: ['VipsForeignLoadPng', 'VipsForeignLoadJpeg', 'VipsForeignLoadWebp'],
  });
  // `readLogo` checks the size itself before decoding: the limit of sharp refuses to read the size too.
  return sharp(file, { limitInputPixels: false, failOn: 'error' });
}

async function encodeImages(image: Sharp): Promise<LogoImages> {
  const inside = { fit: 'inside', withoutEnlargement: true } as const;
  const png = { compressionLevel: 9 };
  // Decoded once, which takes up to a second and 64 MB, and contains all sizes.
  const reduced = await image
    .autoOrient()
    .timeout({ seconds: 30 })
    .resize({ width: LARGE.width, height: LARGE.width, ...inside })
    .png({ compressionLevel: 0 })
    .toBuffer();
  const source = await openImage(reduced);
  const small = await source
    .clone()
    .resize({ ...SMALL, ...inside })
    .png(png)
    .toBuffer({ resolveWithObject: true });
  const large = await source
    .clone()
    .resize({ ...LARGE, ...inside })
    .png(png)
    .toBuffer();
  const icon = await source
    .clone()
    .resize({ width: ICON, height: ICON, fit: 'contain', background: { r: 0, g: 0, b: 0, alpha: 0 } })
    .png(png)
    .toBuffer();
  const { width, height } = small.info;
  const hash = createHash('sha256').update(large).digest('hex').slice(0, 32);
  return { hash, width, height, small: small.data, large, icon };
}
