import type { Request, RequestHandler } from 'express';
import type { Actor } from '../domain/actor.ts';

/** Who is asking. A session counts only on the tenant and the portal it was made for. */
export const currentUser: RequestHandler = (req, _res, next) => {
  const { signIn, portal } = req;
  const audience = portal.kind === 'account' ? 'customer' : 'staff';
  const isOurs =
    portal.kind !== 'platform' && signIn?.tenant_id === portal.tenant.id && signIn.user.audience === audience;
  req.user = isOurs ? signIn.user : null;
  if (!isOurs) req.signIn = null;
  req.actor = actorOf(req);
  next();
};

function actorOf(req: Request): Actor {
  return {
    kind: req.user?.audience ?? 'anonymous',
    id: req.user?.id ?? null,
    name: req.user ? req.user.name || req.user.email : 'Somebody not logged in',
    ip: req.ip ?? null,
    user_agent: req.get('user-agent')?.slice(0, 300) ?? null,
    request_id: req.id,
    permissions: req.signIn?.permissions ?? new Set(),
  };
}
