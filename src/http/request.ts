import type { Actor } from '../domain/actor.ts';
import type { ChargeDeps } from '../domain/gateway/charge-deps.ts';
import type { FileStore } from '../files/file-store.ts';
import type { CurrentUser, CurrentLogin } from '../domain/login-session/login-session.ts';
import type { CustomerCompany } from '../domain/membership/customer-context.ts';
import type { CurrentOperator } from '../domain/operator/operator-session.ts';
import type { PlatformDb } from '../database/as-platform.ts';
import type { TenantDb } from '../database/tenant-db.ts';
import type { AnyRead, ReadResults } from '../database/in-tenant.ts';
import type { Tenant } from '../domain/tenant/tenant.ts';
import type { Portal } from './find-portal.ts';
import type { AnonymousLocals } from './page-cache.ts';
import type { FormLimits } from './input.ts';
import type { Throttle } from './rate-limit.ts';
import type { StoredSession } from './session-store.ts';

type ReadTenant = <const Reads extends readonly AnyRead[]>(
  build: (db: TenantDb) => Reads,
) => Promise<ReadResults<Reads>>;

declare module 'express-serve-static-core' {
  interface Request {
    id: string;
    /** The whole path; `path` is relative to the router. */
    pathname: string;
    portal: Portal;
    /** Undefined at the platform console. */
    tenant: Tenant;
    /** After a change of its settings: the next request of this process reads the tenant again. */
    forgetTenant: () => void;
    isSecureHost: boolean;
    /** Set only for a long body. */
    formLimits?: FormLimits;
    /** Errors are JSON instead of pages. */
    respondsInJson?: true;
    /** The actor is the one of a bearer token; there is no user or session. */
    hasBearerToken?: true;
    secretKeys: readonly string[];
    /** The row of the session that this request has read or written. */
    storedSession: StoredSession | undefined;
    currentLogin: CurrentLogin | null;
    user: CurrentUser | null;
    /** The company of a URL below `/account/companies/:company_id`; null for oneself. */
    company: CustomerCompany | null;
    /** Only at the platform console. */
    operator: CurrentOperator | null;
    throttle: Throttle;
    /** For actions that call the payment service between their transactions. */
    chargeDeps: ChargeDeps;
    fileStore: FileStore;
    actor: Actor;
    inTenant<Result>(work: (db: TenantDb) => Result | Promise<Result>): Promise<Result>;
    readTenant: ReadTenant;
    /** Only at the platform console. */
    asPlatform<Result>(work: (db: PlatformDb) => Result | Promise<Result>): Promise<Result>;
  }
  interface Response {
    page(view: string, locals: { title: string } & Record<string, unknown>): void;
    /** For a page that is the same for every anonymous user except for the CSRF token: its HTML is cached. */
    anonymousPage(view: string, locals: AnonymousLocals): void;
  }
}

declare module 'express-session' {
  interface SessionData {
    csrfSecret: string;
    operator_id: string;
    /** At the platform console: milliseconds since 1970. */
    signed_in_at: number;
    seen_at: number;
  }
}
