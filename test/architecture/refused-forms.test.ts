import { expect } from 'chai';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { listAllRefusedForms, listRefusedForms, readFacts, type Facts } from './refused-forms.ts';

/** What Citus refuses, each with a statement of the same meaning that it accepts. */
const EXAMPLES: Record<string, { refused: Record<string, string>; accepted: string[] }> = {
  'a STABLE function with a column in UPDATE and DELETE': {
    refused: {
      [`update login_sessions set last_seen_at = now()
        where tenant_id = $1 and last_seen_at > now() - make_interval(secs => idle_seconds)`]:
        'timestamptz_mi_interval() with a column',
      [`delete from form_keys where tenant_id = $1 and created_at + interval '1 day' < now()`]:
        'timestamptz_pl_interval() with a column',
      [`delete from emails where tenant_id = $1 and date_trunc('day', created_at) < $2`]:
        'date_trunc() with a column',
      [`delete from emails where tenant_id = $1 and created_at::date < $2`]: 'date() with a column',
      [`update users set name = to_char(created_at, 'YYYY') where tenant_id = $1`]: 'to_char() with a column',
      [`update users set name = created_at::text where tenant_id = $1`]: 'coerceviaio() with a column',
      [`update users set name = concat(first_name, last_name) where tenant_id = $1`]:
        'concat() with a column',
      [`update users set updated_at = clock_timestamp() where tenant_id = $1`]:
        'clock_timestamp(), which is VOLATILE',
      [`update tenants set name = to_char(created_at, 'YYYY') where id = $1`]: 'to_char() with a column',
      [`delete from tenant_domains where tenant_id = $1 and created_at + interval '1 day' < now()`]:
        'timestamptz_pl_interval() with a column',
    },
    accepted: [
      `update login_sessions set last_seen_at = now()
       where tenant_id = $1 and now() - last_seen_at < make_interval(secs => idle_seconds)`,
      `delete from form_keys where tenant_id = $1 and created_at < now() - interval '1 day'`,
      `update users set name = first_name || last_name where tenant_id = $1`,
      `update tenants set name = $2, updated_at = now() where id = $1`,
      `delete from tenant_domains where tenant_id = $1 and created_at < now() - interval '1 day'`,
      `with due as materialized (
         select tenant_id, id from emails where tenant_id = $1 and created_at + interval '1 day' < now() for update skip locked)
       update emails e set due_at = date_trunc('milliseconds', now()) + interval '2 minutes' from due
       where e.tenant_id = $1 and e.id = due.id returning e.id`,
      `select created_at::date from users where tenant_id = $1 and created_at + interval '1 day' < now()`,
    ],
  },
  'a simple CASE in UPDATE': {
    refused: {
      [`update one_time_tokens k set used_at = now() from users u
        where k.tenant_id = $1 and u.tenant_id = k.tenant_id and u.id = k.user_id
          and k.sent_to = case k.purpose when 'change_email' then u.pending_email else u.email_norm end`]:
        'a simple CASE',
    },
    accepted: [
      `update one_time_tokens k set used_at = now() from users u
       where k.tenant_id = $1 and u.tenant_id = k.tenant_id and u.id = k.user_id
         and k.sent_to = case when k.purpose = 'change_email' then u.pending_email else u.email_norm end`,
      `select case access when 'active' then 1 else 2 end from users where tenant_id = $1`,
    ],
  },
  'now() in CASE or COALESCE in UPDATE': {
    refused: {
      [`update users set email_verified_at = coalesce(email_verified_at, now()) where tenant_id = $1`]:
        'now() in CASE or COALESCE',
      [`update users set updated_at = case when name = $2 then now() else updated_at end where tenant_id = $1`]:
        'now() in CASE or COALESCE',
      [`update users set updated_at = coalesce(updated_at, current_timestamp) where tenant_id = $1`]:
        'sqlvaluefunction() in CASE or COALESCE',
    },
    accepted: [
      `update users set email_verified_at = least(email_verified_at, now()) where tenant_id = $1`,
      `update users set name = coalesce(first_name, last_name, '') where tenant_id = $1`,
    ],
  },
  'a function after DO UPDATE': {
    refused: {
      [`insert into custom_field_values (tenant_id, user_id, custom_field_id, value) values ($1, $2, $3, $4)
        on conflict (tenant_id, user_id, custom_field_id) do update set updated_at = now()`]:
        'now() after DO UPDATE',
      [`insert into throttle_counters as t values ($1, 1, now(), now())
        on conflict (key) do update set count = t.count + 1 where t.expires_at < now()`]:
        'now() after DO UPDATE',
    },
    accepted: [
      `insert into custom_field_values (tenant_id, user_id, custom_field_id, value, value_norm, updated_at)
       values ($1, $2, $3, $4, $4, now())
       on conflict (tenant_id, user_id, custom_field_id) do update set updated_at = excluded.updated_at`,
    ],
  },
  'INSERT … SELECT without RETURNING': {
    refused: {
      [`insert into counters (tenant_id, kind) select $1, unnest($2::text[])`]:
        'INSERT … SELECT without RETURNING',
      [`with kinds as (select unnest($2::text[]) as kind)
        insert into counters (tenant_id, kind) select $1, kind from kinds`]:
        'INSERT … SELECT without RETURNING',
    },
    accepted: [
      `insert into counters (tenant_id, kind) select $1, unnest($2::text[]) returning kind`,
      `insert into counters (tenant_id, kind) values ($1, $2), ($1, $3)`,
    ],
  },
  'a mutable function in RETURNING': {
    refused: {
      [`update users set name = $2 where tenant_id = $1 returning now() as at`]: 'now() in RETURNING',
      [`update users set name = $2 where tenant_id = $1 returning created_at::text`]:
        'coerceviaio() in RETURNING',
      [`delete from emails where tenant_id = $1 returning gen_random_uuid()`]:
        'gen_random_uuid() in RETURNING',
      [`insert into counters (tenant_id, kind) values ($1, $2) returning now()`]: 'now() in RETURNING',
    },
    accepted: [
      `update users set name = $2, updated_at = now() where tenant_id = $1 returning updated_at, upper(name)`,
      `insert into counters (tenant_id, kind) values ($1, $2) returning next + 1 as next`,
    ],
  },
  'a subquery in INSERT … VALUES': {
    refused: {
      [`insert into counters (tenant_id, kind) values ($1, (select name from users where tenant_id = $1 limit 1))`]:
        'a subquery in VALUES',
      [`insert into counters (tenant_id, kind) values ($1, 'x'), ($1, (select name from users where tenant_id = $1 limit 1))`]:
        'a subquery in VALUES',
    },
    accepted: [
      `insert into counters (tenant_id, kind) values ($1, $2), ($1, upper($3))`,
      `insert into counters (tenant_id, kind)
       select $1, (select name from users where tenant_id = $1 limit 1) returning kind`,
    ],
  },
  'an INSERT in a CTE of UPDATE and DELETE': {
    refused: {
      [`with added as (insert into counters (tenant_id, kind) values ($1, $2) returning kind)
        update users set name = $3 where tenant_id = $1`]: 'an INSERT in a CTE of UPDATE or DELETE',
      [`with added as (insert into counters (tenant_id, kind) values ($1, $2) returning kind)
        delete from users where tenant_id = $1`]: 'an INSERT in a CTE of UPDATE or DELETE',
    },
    accepted: [
      `with changed as (update users set name = $2 where tenant_id = $1 returning tenant_id, id)
       delete from emails e using changed where e.tenant_id = $1 and e.user_id = changed.id`,
      `with added as (insert into counters (tenant_id, kind) values ($1, $2) returning kind) select kind from added`,
    ],
  },
  MERGE: {
    refused: {
      [`merge into counters c using (values ($1::uuid)) v (id) on c.tenant_id = v.id when matched then do nothing`]:
        'MERGE',
    },
    accepted: [],
  },
  'a subquery for each row of a reference table': {
    refused: {
      [`select t.name, (select count(*) from users where tenant_id = t.id) from tenants t`]:
        'a subquery for each row of tenants',
      [`select t.id, s.number from tenants t
        left join lateral (select number from audit_seals where tenant_id = t.id limit 1) s on true`]:
        'a subquery for each row of tenants',
      [`select id from tenants t where exists (select from (select tenant_id from emails where tenant_id = t.id) e)`]:
        'a subquery for each row of tenants',
    },
    accepted: [
      `select t.name, (select count(*) from users where tenant_id = $1) from tenants t where t.id = $1`,
      `select v.tenant_id, s.number from terms_versions v
       left join lateral (select number from audit_seals where tenant_id = v.tenant_id limit 1) s on true`,
      `select u.id from users u join tenants t on t.id = u.tenant_id where u.tenant_id = $1
         and exists (select from memberships m where m.tenant_id = u.tenant_id and m.user_id = u.id)`,
    ],
  },
  'a function that reads tables of tenants beside one of them': {
    refused: {
      [`select app.reads_users(id) from users where tenant_id = $1`]:
        'reads_users(), which reads tables of tenants, beside one of them',
    },
    accepted: [
      `select app.reads_users($1)`,
      `select app.search_users($1, $2, 10) as id`,
      `select id from users where tenant_id = $1 and id = any(array(select app.search_users($1, $2, 10)))`,
    ],
  },
};

describe('the check of forms that Citus refuses', () => {
  let database: TestDatabase;
  let client: pg.Client;
  let facts: Facts;

  before(async () => {
    database = await createTestDatabase();
    client = new pg.Client({ connectionString: database.urls.superuser });
    await client.connect();
    await client.query('set search_path = app');
    await client.query(
      `create function reads_users(uuid) returns bigint language sql as 'select count(*) from app.users where id = $1'`,
    );
    facts = await readFacts(client);
  });
  after(async () => {
    await client.end();
    await database.drop();
  });

  for (const [title, { refused, accepted }] of Object.entries(EXAMPLES)) {
    it(`reports ${title}`, async () => {
      for (const [text, form] of Object.entries(refused))
        expect(await listRefusedForms(client, facts, { text }), text).to.eql([form]);
      for (const text of accepted) expect(await listRefusedForms(client, facts, { text }), text).to.eql([]);
    });
  }

  it('reports the forms of every command that PostgreSQL can plan', async () => {
    const merge = `merge into counters c using (values ($1::uuid)) v (id) on c.tenant_id = v.id when matched then do nothing`;
    const statements = [merge, 'begin'].map((text) => ({ text, values: [] }));
    expect(await listAllRefusedForms(client, statements)).to.eql([`MERGE: ${merge}`]);
  });

  it('ignores tables that stay on the coordinator', async () => {
    const text = `update platform_operators set last_login_at = coalesce(last_login_at, now())`;
    expect(await listRefusedForms(client, facts, { text })).to.eql([]);
  });
});
