import type { Config } from '../config.ts';
import type { TenantDb } from '../database/tenant-db.ts';
import { tenantColumns, toTenant, type Tenant, type TenantRow } from '../domain/tenant/tenant.ts';
import { hashToken } from '../domain/token/mint-token.ts';
import { parseEmailAddress } from '../domain/text/email-address.ts';
import type { Addressee, EmailRow } from './decide-email.ts';
import { openToken } from './seal-token.ts';

/** The tenant as stored now: a suspension stops mails that were queued before it. */
export async function readTenantOf(db: TenantDb, config: Config): Promise<Tenant> {
  const columns = tenantColumns.join(', ');
  const { rows } = await db.raw(`select ${columns} from tenants where id = ?`, [db.tenantId]);
  return toTenant((rows as TenantRow[])[0]!, config);
}

/**
 * Whom a mail is for: named in the row, or found by the address that was typed. Locked, so that two requests of one
 * person are counted, and their links made, one after the other.
 */
export async function findAddressee(db: TenantDb, row: EmailRow): Promise<Addressee | undefined> {
  const email_norm = parseEmailAddress(row.to_address);
  if (!row.user_id && !email_norm) return undefined;
  const whose = row.user_id ? { id: row.user_id } : { audience: row.audience, email_norm };
  const person = await db
    .from('users')
    .where(whose)
    .forUpdate()
    .first(
      'id',
      'status',
      'access',
      'email',
      'email_norm',
      'pending_email',
      'email_verified_at',
      'first_name',
      'name',
      'locale',
      'password_hash',
    );
  return person as Addressee | undefined;
}

const SENT_OR_ON_THE_WAY = ['queued', 'deferred', 'accepted', 'delivered'];

/** How many answers to requests like this one the person got, or is getting, since an hour ago. */
export async function countRecentLinks(db: TenantDb, row: EmailRow, userId: string): Promise<number> {
  const templates = row.template === 'resetPassword' ? ['resetPassword'] : ['setPassword', 'accountExists'];
  const counted = await db
    .from('emails')
    .where({ user_id: userId })
    .whereNot({ id: row.id })
    .whereNull('requested_by')
    .whereIn('template', templates)
    .whereIn('state', SENT_OR_ON_THE_WAY)
    .where('created_at', '>', db.raw("now() - interval '1 hour'"))
    .count({ links: '*' });
  return Number((counted as unknown as { links: string }[])[0]?.links ?? 0);
}

export interface EarlierToken {
  state: 'none' | 'alive' | 'dead';
  token: string | null;
}

/** The token that an earlier attempt made, so that a retry carries the same link. */
export async function findEarlierToken(
  db: TenantDb,
  secretKeys: readonly string[],
  row: EmailRow,
): Promise<EarlierToken> {
  const token = row.sealed_token && openToken(secretKeys, row.id, row.sealed_token);
  // One sealed with a key that is out of use is as good as none: the mail gets a new one.
  if (!token) return { state: 'none', token: null };
  const stored = (await db
    .from('one_time_tokens')
    .where({ token_hash: hashToken(token) })
    .first('used_at', 'revoked_at')) as { used_at: Date | null; revoked_at: Date | null } | undefined;
  const isAlive = stored !== undefined && !stored.used_at && !stored.revoked_at;
  return { state: isAlive ? 'alive' : 'dead', token };
}
