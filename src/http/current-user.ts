import type { Request, RequestHandler } from 'express';
import type { SessionData } from 'express-session';
import { runStatements } from '../database/in-tenant.ts';
import { isUnreachable } from '../database/lost-connections.ts';
import type { Statement } from '../database/statement.ts';
import type { Database } from '../database/pools.ts';
import { UNRESTRICTED } from '../database/scope.ts';
import type { Actor } from '../domain/actor.ts';
import {
  recordUseStatement,
  sessionStatement,
  toSession,
} from '../domain/login-session/login-session-queries.ts';
import type { TenantDirectory } from '../domain/tenant/tenant-directory.ts';
import { findCurrentOperator, touchOperatorSession } from '../domain/operator/operator-session.ts';
import { truncate } from '../truncate.ts';
import { displayName } from '../domain/user/user.ts';
import { clientAddress } from './client-address.ts';
import { audienceOf, type Portal } from './find-portal.ts';
import { hashSid } from './session-id.ts';

/** Reads the session and `req.currentLogin` (user, tenant status, permissions) for the session store, in one round trip; once a minute in two. A login is valid only at its own portal. */
export async function loadSession(
  database: Database,
  req: Request,
  sidHash: string,
): Promise<SessionData | null> {
  const { id: tenantId } = req.tenant;
  const run = (statement: Statement) => runStatements(database, tenantId, [statement]);
  const session = toSession(await run(sessionStatement(tenantId, sidHash)));
  // The session of another portal: what this request does must not change or delete it.
  if (session?.login && session.login.user.audience !== audienceOf(req)) return null;
  if (session?.isUseDue) await unlessRefused(database, () => run(recordUseStatement(tenantId, sidHash)));
  req.currentLogin = session?.login ?? null;
  return (session?.sess ?? null) as SessionData | null;
}

export const currentUser: RequestHandler = (req, _res, next) => {
  req.user = req.currentLogin?.user ?? null;
  req.actor = actorOf(req);
  next();
};

type TenantPortal = Exclude<Portal, { kind: 'platform' }>;

/** A process whose directory has an older version of the tenant reads it again. */
export function currentTenant(directory: TenantDirectory): RequestHandler {
  const renewTenant = async (req: Request, portal: TenantPortal) => {
    directory.forget(portal.tenant.id);
    const tenant = (await directory.bySlug(portal.tenant.slug)) ?? portal.tenant;
    req.portal = { ...portal, tenant };
    req.tenant = tenant;
  };
  return (req, _res, next) => {
    const { portal, currentLogin } = req;
    if (portal.kind === 'platform' || !currentLogin || currentLogin.tenant_version === portal.tenant.version)
      return next();
    return renewTenant(req, portal).then(() => next());
  };
}

/** Pages can be read although the server refuses writes. */
async function unlessRefused({ log }: Database, recordUse: () => Promise<unknown>): Promise<void> {
  try {
    await recordUse();
  } catch (err) {
    if (isUnreachable(err)) throw err;
    log.warn({ err }, 'the use of a session could not be recorded');
  }
}

export function currentOperator(database: Database): RequestHandler {
  const { platform } = database;
  return async (req, _res, next) => {
    if (req.portal.kind !== 'platform') return next();
    const operator = await findCurrentOperator(platform, req.session);
    if (operator) {
      if (operator.is_use_due)
        await unlessRefused(database, () => touchOperatorSession(platform, hashSid(req.sessionID)));
      req.operator = operator;
      req.actor = { ...req.actor, kind: 'operator', id: operator.id, name: operator.email };
    }
    next();
  };
}

export function requestDetails(req: Request): Pick<Actor, 'ip' | 'user_agent' | 'request_id'> {
  return {
    ip: clientAddress(req) || null,
    user_agent: truncate(req.get('user-agent') ?? '', 300) || null,
    request_id: req.id,
  };
}

function actorOf(req: Request): Actor {
  return {
    kind: req.user?.audience ?? 'anonymous',
    id: req.user?.id ?? null,
    name: req.user ? displayName(req.user) : 'Someone not logged in',
    permissions: req.currentLogin?.permissions ?? new Set(),
    scope: (req.currentLogin ?? UNRESTRICTED).scope,
    ...requestDetails(req),
  };
}
