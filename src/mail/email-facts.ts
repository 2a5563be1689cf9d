import type { Knex } from 'knex';
import type { Config } from '../config.ts';
import { pick, selectRow, selectRows } from '../database/columns.ts';
import type { TenantDb } from '../database/tenant-db.ts';
import { emailTemplate, type TemplateName } from '../domain/email/email-templates.ts';
import { tenantColumns, toTenant, type Tenant, type TenantRow } from '../domain/tenant/tenant.ts';
import { parseEmailAddress } from '../domain/text/email-address.ts';
import { hashToken } from '../domain/token/one-time-token.ts';
import {
  emailColumns,
  recipientColumns,
  type EmailFacts,
  type EmailRow,
  type Recipient,
} from './decide-email.ts';
import { unseal } from '../domain/token/seal.ts';

/** Not cached: a suspension must also stop emails that were queued before it. */
export async function loadTenant(db: TenantDb, config: Config): Promise<Tenant> {
  const columns = tenantColumns.join(', ');
  const { rows } = await db.raw<{ rows: TenantRow[] }>(`select ${columns} from tenants where id = ?`, [
    db.tenantId,
  ]);
  return toTenant(rows[0]!, config);
}

/** Locks the user, so that concurrent workers cannot exceed the hourly limit or leave two open tokens. */
export async function findRecipient(db: TenantDb, row: EmailRow): Promise<Recipient | undefined> {
  if (row.user_id === null && emailTemplate(row.template).is_billing) return undefined;
  const email_norm = parseEmailAddress(row.to_address);
  const find = (users: Knex.QueryBuilder) => selectRow(users.forUpdate().limit(1), recipientColumns(db));
  if (row.user_id) return find(db.from('users').where({ id: row.user_id }));
  if (!email_norm) return undefined;
  const { audience } = row;
  const recipient = await find(db.from('users').where({ audience, email_norm }));
  if (recipient || row.template !== 'verifyEmail') return recipient;
  return find(db.from('users').where({ audience, pending_email: email_norm }).orderBy('id', 'desc'));
}

/** What the user's latest invitation said, for sending it again. Undefined if none was sent. */
export async function findInvitationVariables(
  db: TenantDb,
  userId: string,
): Promise<Record<string, string> | undefined> {
  const invitations = db
    .from('emails')
    .where({ user_id: userId, template: 'accountInvitation' })
    .where('attempts', '>', 0)
    .orderBy('id', 'desc')
    .limit(1);
  return (await selectRow(invitations, { variables: emailColumns(db).variables }))?.variables;
}

/**
 * With the payment reference, how the customer pays, and the label of an invoice that got its number after the email was
 * queued, so that the numbers are locked for a short time.
 */
export async function withInvoiceTexts(
  db: TenantDb,
  variables: Record<string, string>,
): Promise<Record<string, string>> {
  const id = variables['invoice_id'];
  if (id === undefined) return variables;
  const invoices = db
    .from('invoices as i')
    .join('billing_accounts as b', { 'b.tenant_id': 'i.tenant_id', 'b.id': 'i.billing_account_id' })
    .leftJoin('gateways as g', (join) => join.onVal('g.tenant_id', db.tenantId).andOnVal('g.is_active', true))
    .leftJoin('payment_methods as m', (join) =>
      join
        .on({ 'm.billing_account_id': 'b.id', 'm.gateway_id': 'g.id' })
        .andOnVal('m.tenant_id', db.tenantId)
        .andOnVal('m.is_default', true)
        .andOnVal('m.status', 'active'),
    )
    .where('i.id', id);
  const invoice = await selectRow(invoices, {
    ...pick('invoices as i', 'label'),
    ...pick('billing_accounts as b', 'reference'),
    pays_by: db.raw<'autopay' | 'page' | 'transfer'>(PAYS_BY),
  });
  const { label, reference, pays_by = 'transfer' } = invoice ?? {};
  return { label: label ?? '', reference: reference ?? '', pays_by, ...variables };
}

const PAYS_BY = `case when g.id is null then 'transfer'
  when b.autopay_since is not null and m.id is not null then 'autopay' else 'page' end`;

/** The templates that count together, because one can replace the other. */
const COUNTED_TOGETHER: TemplateName[][] = [
  ['resetPassword'],
  ['verifyEmail'],
  ['setPassword', 'accountInvitation', 'accountExists'],
];

const COUNTED_STATES = ['queued', 'deferred', 'accepted', 'delivered'];

export async function countRecentLinks(db: TenantDb, row: EmailRow, userId: string): Promise<number> {
  const templates = COUNTED_TOGETHER.find((group) => group.includes(row.template)) ?? [];
  const emails = db
    .from('emails')
    .where({ user_id: userId })
    .whereNot({ id: row.id })
    .whereNull('requested_by')
    .whereIn('template', templates)
    .whereIn('state', COUNTED_STATES)
    .where('created_at', '>', db.raw("now() - interval '1 hour'"));
  const [counted] = await selectRows(emails, { links: db.raw<number>('count(*)::int') });
  return counted!.links;
}

export interface PreviousToken {
  state: EmailFacts['token'];
  token: string | null;
}

/** For sending the same link at a retry. */
export async function findPreviousToken(
  db: TenantDb,
  secretKeys: readonly string[],
  row: EmailRow,
): Promise<PreviousToken> {
  const token = row.sealed_token && unseal(secretKeys, row.id, row.sealed_token);
  // A token that was encrypted with a removed key is replaced by a new one.
  if (!token) return { state: 'none', token: null };
  const stored = await selectRow(
    db.from('one_time_tokens').where({ token_hash: hashToken(token) }),
    pick('one_time_tokens', 'used_at', 'revoked_at'),
  );
  const isValid = stored !== undefined && !stored.used_at && !stored.revoked_at;
  return { state: isValid ? 'valid' : 'invalid', token };
}
