import { expect } from 'chai';
import pg from 'pg';
import { tables } from '../../src/database/tables.ts';
import { valueTypes } from '../../src/database/value-types.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { readCatalog, type Column, type Table } from './postgres-catalog.ts';

type Declaration = Readonly<Record<string, string | readonly string[]>>;

const declarations: Record<string, Declaration> = tables;

describe('the declared tables', () => {
  let database: TestDatabase;
  let superuser: pg.Client;

  before(async () => {
    database = await createTestDatabase();
    superuser = new pg.Client({ connectionString: database.urls.superuser, types: valueTypes });
    await superuser.connect();
  });
  after(async () => {
    await superuser.end();
    await database.drop();
  });

  for (const [name, declared] of Object.entries(declarations)) {
    it(`have the columns, types and allowed values of ${name}`, async () => {
      const stored = await readTable(superuser, name);
      expect(describeDeclaration(declared)).to.eql(stored);
    });
  }

  for (const [change, violation] of Object.entries({
    'a new column': 'alter table users add column shoe_size integer',
    'a column that becomes nullable': 'alter table users alter column name drop not null',
    'a changed type': 'alter table users alter column version type bigint',
    'a new value of a check': `alter table users add constraint users_kind check (audience in ('customer', 'staff', 'guest'))`,
  })) {
    it(`differ from the schema after ${change}`, async () => {
      await superuser.query('begin');
      try {
        await superuser.query(`set local search_path = app; ${violation}`);
        expect(await readTable(superuser, 'users')).not.to.eql(describeDeclaration(tables.users));
      } finally {
        await superuser.query('rollback');
      }
    });
  }

  it('have the types that pg returns', async () => {
    const { rows } = await superuser.query<Record<string, unknown>>(
      `select '018f3e5c-0000-7000-8000-000000000000'::uuid as "uuid", ''::text as "text", '{a}'::text[] as "text[]",
         true as "boolean", 1::integer as "integer", 1::bigint as "bigint", now() as "timestamptz",
         '{}'::jsonb as "jsonb", '2026-02-28'::date as "date", '{1}'::integer[] as "integer[]", ''::bytea as "bytea"`,
    );
    const { timestamptz, bytea, ...values } = rows[0]!;
    expect(timestamptz).to.be.a('date');
    expect(Buffer.isBuffer(bytea)).to.equal(true);
    expect(values).to.eql({
      uuid: '018f3e5c-0000-7000-8000-000000000000',
      text: '',
      'text[]': ['a'],
      boolean: true,
      integer: 1,
      bigint: 1n,
      date: '2026-02-28',
      'integer[]': [1],
      jsonb: {},
    });
  });
});

function describeDeclaration(declared: Declaration): Record<string, string> {
  const entries = Object.entries(declared).map(([name, type]) => [
    name,
    typeof type === 'string' ? type : `text in ${type.toSorted().join(', ')}`,
  ]);
  return Object.fromEntries(entries) as Record<string, string>;
}

async function readTable(client: pg.ClientBase, name: string): Promise<Record<string, string>> {
  const { tables: stored } = await readCatalog(client);
  const table = stored.find((each) => each.name === name);
  if (!table) throw new Error(`There is no table ${name}`);
  const values = await readAllowedValues(client, table);
  const entries = table.columns.map((column) => [column.name, describeColumn(column, values[column.name])]);
  return Object.fromEntries(entries) as Record<string, string>;
}

function describeColumn({ type, is_required }: Column, values: string | undefined): string {
  if (values !== undefined) return `text in ${values}`;
  return `${type === 'timestamp with time zone' ? 'timestamptz' : type}${is_required ? '' : '?'}`;
}

/** The values of each `column in (…)` of a check, by column. */
async function readAllowedValues(client: pg.ClientBase, { name }: Table): Promise<Record<string, string>> {
  const { rows } = await client.query<{ column: string; definition: string }>(
    `select a.attname as column, pg_get_constraintdef(c.oid) as definition
     from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and c.conkey = array[a.attnum]
     where c.conrelid = ('app.' || $1)::regclass and c.contype = 'c' order by c.conname`,
    [name],
  );
  const checks = rows.filter(({ definition }) => /= ANY \(ARRAY\[/.test(definition));
  const entries = checks.map(({ column, definition }) => [
    column,
    Array.from(definition.matchAll(/'([^']*)'::text/g), ([, value]) => value!)
      .toSorted()
      .join(', '),
  ]);
  return Object.fromEntries(entries) as Record<string, string>;
}
