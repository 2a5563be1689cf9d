import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readConfig, type Config } from '../../src/config.ts';
import { inTenant } from '../../src/database/in-tenant.ts';
import { newId } from '../../src/database/new-id.ts';
import { openDatabase, type Database, withClient } from '../../src/database/pools.ts';
import { createLog } from '../../src/log.ts';
import type { MailDeps } from '../../src/mail/deliver.ts';
import { queueEmail, type NewEmail } from '../../src/domain/email/queue-email.ts';
import { openTransport } from '../../src/mail/transport.ts';
import { deliverDue } from '../../src/tasks/mail-worker.ts';
import { createTestDatabase } from '../support/database.ts';
import { startMailbox, type Mailbox } from '../support/mailbox.ts';

type Row = Record<string, unknown>;

export interface StoredEmail {
  id: string;
  state: string;
  reason: string | null;
  template: string;
  user_id: string | null;
  attempts: number;
  due_at: Date | null;
  message_id: string;
  sealed_token: Buffer | null;
  token_expires_at: Date | null;
  subject: string | null;
  text: string | null;
  html: string | null;
}

/** A new database, a new mail server and the dependencies of a worker. */
export interface Outbox extends MailDeps {
  database: Database;
  config: Config;
  mailbox: Mailbox;
  createTenant(fields?: Row): Promise<string>;
  createUser(tenantId: string, fields?: Row): Promise<{ id: string; email: string }>;
  queue(
    tenantId: string,
    email: Partial<NewEmail> & Pick<NewEmail, 'template' | 'to_address'>,
  ): Promise<string>;
  deliver(): Promise<void>;
  email(tenantId: string, id: string): Promise<StoredEmail>;
  findUser(tenantId: string, id: string): Promise<Row>;
  /** Makes an email due now unless it has a terminal state. */
  makeDue(id: string): Promise<void>;
  sql(text: string, values?: unknown[]): Promise<Row[]>;
  folder: string;
  /** The files in `folder`. */
  files(): string[];
  close(): Promise<void>;
}

export async function openOutbox(settings: Record<string, string> = {}): Promise<Outbox> {
  const testDatabase = await createTestDatabase();
  const { urls } = testDatabase;
  const database = await openDatabase({ appUrl: urls.app, platformUrl: urls.platform });
  const mailbox = await startMailbox();
  const config = readConfig({
    SMTP_URL: mailbox.url,
    SECRET_KEYS: 'a secret of the tests that is long enough',
    ...settings,
  });
  const folder = mkdtempSync(path.join(tmpdir(), 'portico-mail-'));
  const deps = { database, config, transport: openTransport(config), log: createLog('silent') };
  const sql: Outbox['sql'] = async (text, values = []) =>
    (await withClient(urls.superuser, (client) => client.query<Row>(text, values))).rows;

  return {
    ...deps,
    ...rowAccess(database, sql),
    mailbox,
    sql,
    folder,
    files: () => readdirSync(folder, { recursive: true, encoding: 'utf8' }),
    deliver: () => deliverDue(deps),
    close: async () => {
      deps.transport.close();
      await Promise.all([mailbox.close(), database.close()]);
      await testDatabase.drop();
      rmSync(folder, { recursive: true });
    },
  };
}

type RowAccess = Pick<Outbox, 'createTenant' | 'createUser' | 'queue' | 'email' | 'findUser' | 'makeDue'>;

function rowAccess(database: Database, sql: Outbox['sql']): RowAccess {
  const find = async (table: 'users' | 'emails', tenantId: string, id: string) =>
    (await inTenant(database, tenantId, async (db) => db.from(table).where({ id }).first())) as Row;
  return {
    createTenant: async (fields = {}) => {
      const row = { id: newId(), slug: `t${newId().slice(-12)}`, name: 'Bay Storage', ...fields };
      await insert(sql, 'tenants', row);
      return row.id;
    },
    createUser: async (tenantId, fields = {}) => {
      const id = newId();
      const email = `ada.${id.slice(-12)}@example.com`;
      const row = { ...userRow(tenantId, id, email), ...fields };
      await insert(sql, 'users', row);
      return { id, email: row.email as string };
    },
    queue: (tenantId, email) =>
      inTenant(database, tenantId, (db) => queueEmail(db, { audience: 'customer', ...email })),
    email: async (tenantId, id) => (await find('emails', tenantId, id)) as unknown as StoredEmail,
    findUser: (tenantId, id) => find('users', tenantId, id),
    makeDue: async (id) => {
      await sql('update app.emails set due_at = now() where id = $1 and due_at is not null', [id]);
    },
  };
}

function userRow(tenant_id: string, id: string, email: string): Row {
  return {
    tenant_id,
    id,
    audience: 'customer',
    email,
    email_norm: email,
    first_name: 'Ada',
    last_name: 'Lovelace',
    name: 'Ada Lovelace',
    name_norm: 'ada lovelace',
    search_text: '',
  };
}

async function insert(sql: Outbox['sql'], table: string, row: Row): Promise<void> {
  const columns = Object.keys(row);
  const places = columns.map((_, index) => `$${index + 1}`);
  await sql(
    `insert into app.${table} (${columns.join(', ')}) values (${places.join(', ')})`,
    Object.values(row),
  );
}
