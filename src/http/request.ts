import type { Actor } from '../domain/actor.ts';
import type { SignedInUser, SignIn } from '../domain/login-session/sign-in-check.ts';
import type { SignedInOperator } from '../domain/operator/operator-sign-in.ts';
import type { PlatformDb } from '../database/as-platform.ts';
import type { TenantDb } from '../database/tenant-db.ts';
import type { AnyRead, ReadResults } from '../database/in-tenant.ts';
import type { Tenant } from '../domain/tenant/tenant.ts';
import type { Portal } from './find-portal.ts';
import type { Throttle } from './rate-limit.ts';

type ReadTenant = <const Reads extends readonly AnyRead[]>(
  build: (db: TenantDb) => Reads,
) => Promise<ReadResults<Reads>>;

declare module 'express-serve-static-core' {
  interface Request {
    /** Short, random; printed on error pages and in every log line of the request. */
    id: string;
    /** Of the whole address; `path` is relative to the router it is read in. */
    pathname: string;
    portal: Portal;
    /** The portal's tenant. Throws on the platform console, which has none. */
    tenant: Tenant;
    isSecureHost: boolean;
    /** As the store read it; for whom `user` is meant is decided by current-user. */
    signIn: SignIn | null;
    user: SignedInUser | null;
    /** Who is signed in at the platform console. */
    operator: SignedInOperator | null;
    throttle: Throttle;
    actor: Actor;
    inTenant<Result>(work: (db: TenantDb) => Promise<Result>): Promise<Result>;
    readTenant: ReadTenant;
    /** The console's alone: over all tenants. */
    asPlatform<Result>(work: (db: PlatformDb) => Promise<Result>): Promise<Result>;
  }
  interface Response {
    /** Renders the view, then the portal's layout around it. `title` names the page. */
    page(view: string, locals: { title: string } & Record<string, unknown>): void;
  }
}

declare module 'express-session' {
  interface SessionData {
    csrfSecret: string;
    login_session_id: string;
    operator_id: string;
    /** The console's: milliseconds since 1970, checked against idle and absolute ends. */
    signed_in_at: number;
    seen_at: number;
    flashes: {
      kind: 'ok' | 'info' | 'warn' | 'bad';
      text: string;
      params?: Record<string, string | number>;
    }[];
    /** A one-off panel after a redirect, by name. */
    once: Record<string, unknown>;
  }
}
