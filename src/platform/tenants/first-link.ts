import type { Request } from 'express';
import { keepOnce, takeOnce } from '../../http/once.ts';
import { openToken, sealToken } from '../../mail/seal-token.ts';

const NAME = 'first_link';

/** The first Manager's token waits, sealed, in the session until the next page has shown it. */
export function keepToken(req: Request, tenantId: string, token: string): void {
  const sealed = sealToken(secretKeys(req), tenantId, token).toString('base64url');
  keepOnce(req, NAME, `${tenantId} ${sealed}`);
}

/** It, if it is this tenant's; from then on nobody knows it but who saw the page. */
export function takeToken(req: Request, tenantId: string): string | undefined {
  const [owner, sealed = ''] = (takeOnce(req, NAME) ?? '').split(' ');
  if (owner !== tenantId) return undefined;
  return openToken(secretKeys(req), tenantId, Buffer.from(sealed, 'base64url'));
}

function secretKeys(req: Request): string[] {
  return req.app.get('secret keys') as string[];
}
