import pg from 'pg';
import type { Step } from './step.ts';

type Facts = {
  database: string;
  owner_may_create: boolean | null;
  app_may_connect: boolean | null;
  schema_owner: string | null;
  public_may_create: boolean;
};

/** What is missing inside the database. Asked before the roles exist, too, to tell the whole list. */
export async function missingSchemaSteps(client: pg.Client): Promise<Step[]> {
  const facts = await readFacts(client);
  const database = pg.escapeIdentifier(facts.database);
  if (facts.schema_owner !== null && facts.schema_owner !== 'app_owner') {
    throw new Error(
      `Database ${database} already has a schema "app", of ${facts.schema_owner}. Use another database.`,
    );
  }

  const steps: Step[] = [];
  // Needed for the schema and for the trusted extensions pg_trgm and btree_gin.
  if (!facts.owner_may_create) steps.push({ sql: `grant create on database ${database} to app_owner` });
  if (!facts.app_may_connect) {
    steps.push({ sql: `grant connect on database ${database} to app_owner, app_rw, app_platform` });
  }
  if (facts.schema_owner === null)
    steps.push({ sql: 'create schema if not exists app authorization app_owner' });
  if (facts.public_may_create) {
    steps.push({ sql: 'revoke create on schema public from public', isOptional: true });
  }
  return steps;
}

async function readFacts(client: pg.Client): Promise<Facts> {
  const { rows } = await client.query<Facts>(`
    select current_database() as database,
      (select has_database_privilege(oid, current_database(), 'create') from pg_roles where rolname = 'app_owner')
        as owner_may_create,
      (select bool_and(has_database_privilege(oid, current_database(), 'connect')) from pg_roles
        where rolname in ('app_owner', 'app_rw', 'app_platform')) as app_may_connect,
      (select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'app') as schema_owner,
      exists (select from pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
        where n.nspname = 'public' and a.grantee = 0 and a.privilege_type = 'CREATE') as public_may_create
  `);
  return rows[0] as Facts;
}
