import type { RequestHandler } from 'express';
import type { Database } from '../database/pools.ts';
import { readTenant } from '../database/in-tenant.ts';
import { findLogoImage, isLogoHash, logoSizes, type LogoSize } from '../domain/brand/logo.ts';
import { found, NotFound } from '../errors.ts';

/** At every host of the tenant. Also shown by mail programs, which are other origins. */
export function serveLogo(database: Database): RequestHandler<{ hash: string; size: string }> {
  return async (req, res) => {
    const { hash, size } = req.params;
    const isKnown = (logoSizes as readonly string[]).includes(size) && isLogoHash(hash);
    if (!isKnown || req.portal.kind === 'platform') throw new NotFound('No such image');
    const { tenant } = req.portal;
    const [row] = await readTenant(database, tenant.id, (db) => [findLogoImage(db, hash, size as LogoSize)]);
    const { image } = found(row);
    res.type('png').set({
      'Cache-Control': 'public, max-age=31536000, immutable',
      'Content-Security-Policy': "default-src 'none'; sandbox",
      'Cross-Origin-Resource-Policy': 'cross-origin',
      ETag: `"${hash}"`,
    });
    res.send(image);
  };
}
