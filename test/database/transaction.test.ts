import { expect } from 'chai';
import type { Knex } from 'knex';
import { z } from 'zod';
import { asPlatform } from '../../src/database/as-platform.ts';
import { inTenant } from '../../src/database/in-tenant.ts';
import { TenantDb } from '../../src/database/tenant-db.ts';
import { refuseWith, type Refused } from '../../src/database/transaction.ts';
import type { Log } from '../../src/log.ts';
import { parseValues, refuse } from '../../src/domain/form/parse-values.ts';
import { email } from '../../src/domain/form/fields.ts';
import { createTenant, type TestTenant } from '../support/factories.ts';
import { startPortal, type TestPortal } from '../support/portal.ts';
import { sql } from '../support/rows.ts';

const emailSchema = z.object({ email: email() });

const COMMITTED: Record<string, () => unknown> = {
  'no result': () => undefined,
  'a result with ok: true': () => ({ ok: true }),
  'a plain result with ok: false': () => ({ ok: false, reason: 'The card was declined' }),
  'a list that contains a refusal': () => [refuseWith({})],
};

const ROLLED_BACK: Record<string, () => object> = {
  'a refusal': () => refuseWith({ reason: 'Taken' }),
  'refused values': () => refuse({ field: 'email', code: 'email_taken' }),
  'invalid values': () => parseValues(emailSchema, {}),
  'a copy of a refusal with more properties': () => ({ ...refuse(), known: true }),
};

describe('a transaction', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal);
  });
  after(() => portal.close());

  type Run = (work: (db: TenantDb) => Promise<unknown>) => Promise<unknown>;
  const kinds: Record<string, Run> = {
    'of a tenant': (work) => inTenant(portal.database, tenant.id, work),
    'of the platform': (work) => asPlatform(portal.database, (db) => work(db.tenant(tenant.id))),
  };

  it('of a tenant throws when a failed statement was ignored, because nothing is committed', async () => {
    const kind = 'ignored_error';
    const committing = inTenant(portal.database, tenant.id, async (db) => {
      await db.insertInto('counters', { kind });
      await db.raw('select 1 / 0').catch(() => undefined);
    });
    const error = await committing.catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(Error);
    expect(await sql(portal, 'select 1 from counters where kind = $1', [kind])).to.deep.equal([]);
  });

  let counters = 0;
  const insertCounter = async (run: Run, finish: () => unknown) => {
    const kind = `test_${(counters += 1)}`;
    const result = await run(async (db) => {
      await db.insertInto('counters', { kind });
      return finish();
    }).catch((error: unknown) => error);
    const stored = await sql(portal, 'select kind from counters where kind = $1', [kind]);
    return { result, isStored: stored.length === 1 };
  };

  for (const [kind, run] of Object.entries(kinds)) {
    describe(kind, () => {
      for (const [label, result] of Object.entries(COMMITTED))
        it(`commits when it returns ${label}`, async () => {
          const returned = result();
          expect(await insertCounter(run, () => returned)).to.deep.equal({
            result: returned,
            isStored: true,
          });
        });

      for (const [label, result] of Object.entries(ROLLED_BACK))
        it(`rolls back when it returns ${label}, and returns it`, async () => {
          const returned = result();
          const inserted = await insertCounter(run, () => returned);
          expect(inserted.result).to.equal(returned);
          expect(inserted.result).to.include({ ok: false });
          expect(inserted.isStored).to.equal(false);
        });

      it('rolls back when it takes longer than four minutes', async () => {
        const late = performance.now() + 4 * 60_000 + 10_000;
        const { result, isStored } = await insertCounter(run, () => {
          performance.now = () => late;
        }).finally(() => Reflect.deleteProperty(performance, 'now'));
        expect(String(result)).to.match(/The transaction took longer than 4 minutes/);
        expect(isStored).to.equal(false);
      });

      it('calls the functions given to afterCommit() after it has committed, in their order', async () => {
        const calls: unknown[] = [];
        await run(async (db) => {
          await db.insertInto('counters', { kind: `after commit ${kind}` });
          db.afterCommit(async () => {
            const text = 'select kind from counters where kind = $1';
            calls.push((await sql(portal, text, [`after commit ${kind}`])).length);
          });
          db.afterCommit(() => void calls.push('second'));
          expect(calls).to.eql([]);
        });
        expect(calls).to.eql([1, 'second']);
      });

      it('calls no function given to afterCommit() when it rolls back or does not commit', async () => {
        let calls = 0;
        const register = (db: TenantDb) => db.afterCommit(() => void (calls += 1));
        await run(async (db) => {
          register(db);
          return refuseWith({});
        });
        await run(async (db) => {
          register(db);
          throw new Error('The work failed');
        }).catch(() => undefined);
        await run(async (db) => {
          register(db);
          await db.raw('select 1 / 0').catch(() => undefined);
        }).catch(() => undefined);
        expect(calls).to.equal(0);
      });

      it('does not call functions given to afterCommit() in work that a unique violation rolled back', async () => {
        const calls: string[] = [];
        await run(async (db) => {
          const insert = () => db.insertInto('counters', { kind: `duplicate ${kind}` });
          db.afterCommit(() => void calls.push('before'));
          const insertAndRegister = (call: string) => async () => {
            db.afterCommit(() => void calls.push(call));
            await insert();
          };
          expect(await db.catchUniqueViolation(insertAndRegister('inserted'))).to.equal(true);
          expect(await db.catchUniqueViolation(insertAndRegister('rolled back'))).to.equal(false);
          db.afterCommit(() => void calls.push('after'));
        });
        expect(calls).to.eql(['before', 'inserted', 'after']);
      });

      it('stores a deferred statement when it commits, in the order of the statements', async () => {
        const name = `deferred ${kind}`;
        await run(async (db) => {
          db.defer(db.insertInto('counters', { kind: name }));
          db.defer(db.from('counters').where({ kind: name }).update({ next: '7' }));
          expect(await db.from('counters').where({ kind: name }).first('next')).to.eql({ next: '7' });
          db.defer(db.from('counters').where({ kind: name }).update({ next: '8' }));
        });
        expect(await sql(portal, 'select next from counters where kind = $1', [name])).to.eql([
          { next: '8' },
        ]);
      });

      for (const [when, finish] of Object.entries({
        'and its work is refused': () => refuseWith({}),
        'and its work fails': () => {
          throw new Error('The work failed');
        },
      }))
        it(`stores no deferred statement, sent or not, when it has several ${when}`, async () => {
          const names = [1, 2].map((n) => `${when} ${n} ${kind}`);
          await run(async (db) => {
            db.defer(db.insertInto('counters', { kind: names[0]! }));
            await db.raw('select 1');
            db.defer(db.insertInto('counters', { kind: names[1]! }));
            return finish();
          }).catch(() => undefined);
          expect(await sql(portal, 'select kind from counters where kind = any($1)', [names])).to.eql([]);
        });

      const failingStatements: Record<string, (db: TenantDb, name: string) => [Knex.Raw, RegExp]> = {
        'violates a unique index': (db, name) => [
          db.raw('insert into counters (tenant_id, kind) values (?, ?)', [db.tenantId, name]),
          /duplicate key .*counters_pkey/,
        ],
        'has a value that cannot be serialised': (db) => [
          db.raw('select ?::text', [{ toPostgres: () => JSON.parse('{') as never }]),
          /JSON/,
        ],
      };
      for (const [reason, failing] of Object.entries(failingStatements))
        for (const isFollowed of [false, true])
          it(`throws the error of a deferred statement that ${reason}${isFollowed ? ' before another one' : ''}, stores nothing and calls no function given to afterCommit()`, async () => {
            const name = `${reason} ${isFollowed} ${kind}`;
            let calls = 0;
            let message = /^$/;
            const error = await run(async (db) => {
              db.afterCommit(() => void (calls += 1));
              db.defer(db.insertInto('counters', { kind: name }));
              const [statement, expected] = failing(db, name);
              message = expected;
              db.defer(statement);
              if (isFollowed) await db.raw('select 1');
            }).catch((thrown: unknown) => thrown);
            expect(error).to.be.instanceOf(Error);
            expect(String(error)).to.match(message);
            expect(calls).to.equal(0);
            expect(await sql(portal, 'select kind from counters where kind = $1', [name])).to.eql([]);
          });

      it('runs no statement after it has ended', async () => {
        for (const finish of [() => undefined, () => refuseWith({})]) {
          let ended: TenantDb | undefined;
          await run(async (db) => {
            ended = db;
            await db.raw('select 1');
            return finish();
          });
          const statement = ended!.raw('select 1');
          expect(() => ended!.defer(statement)).to.throw('The transaction has ended');
          const error: unknown = await statement.then(
            () => undefined,
            (thrown: unknown) => thrown,
          );
          expect(String(error)).to.include('The transaction has ended');
        }
      });

      it('returns its connection to the pool after each outcome', async () => {
        const outcomes: ((db: TenantDb) => unknown)[] = [
          () => undefined,
          () => refuseWith({}),
          (db) => db.raw('select 1 / 0'),
          (db) => db.defer(db.raw('select 1 / 0')),
          () => Promise.reject(new Error('The work failed')),
        ];
        for (const outcome of outcomes) {
          await run(async (db) => outcome(db)).catch(() => undefined);
          await run(async (db) => {
            await db.raw('select 1');
            return outcome(db);
          }).catch(() => undefined);
        }
        for (const pool of [portal.database.app, portal.database.platform])
          expect(pool.idleCount).to.equal(pool.totalCount);
      });

      it('logs an error of a function given to afterCommit() and returns the result', async () => {
        const logged: unknown[] = [];
        const { log } = portal.database;
        portal.database.log = { error: ({ err }: { err: unknown }) => logged.push(err) } as unknown as Log;
        const error = new Error('The callback failed');
        let isNextCalled = false;
        const result = await run(async (db) => {
          db.afterCommit(() => Promise.reject(error));
          db.afterCommit(() => void (isNextCalled = true));
          return 'committed';
        });
        portal.database.log = log;
        expect(result).to.equal('committed');
        expect(logged).to.eql([error]);
        expect(isNextCalled).to.equal(true);
      });

      it('rolls back when an error is thrown, and throws it', async () => {
        const error = new Error('The work failed');
        const inserted = await insertCounter(run, () => {
          throw error;
        });
        expect(inserted).to.deep.equal({ result: error, isStored: false });
      });
    });
  }

  it('is required by afterCommit() and defer()', () => {
    const db = new TenantDb(portal.database.knex, tenant.id);
    expect(() => db.afterCommit(() => undefined)).to.throw('no transaction');
    expect(() => db.defer(db.raw('select 1'))).to.throw('no transaction');
  });

  // A suite of its own at the end: the pool still holds the terminated connection for a moment.
  describe('of a tenant whose connection is terminated before it commits', () => {
    it('throws, stores nothing and calls no function given to afterCommit()', async () => {
      const kind = 'terminated';
      let calls = 0;
      const committing = inTenant(portal.database, tenant.id, async (db) => {
        db.afterCommit(() => void (calls += 1));
        await db.insertInto('counters', { kind });
        db.defer(db.insertInto('counters', { kind: 'terminated too' }));
        const { rows } = (await db.raw('select pg_backend_pid() as pid')) as { rows: { pid: number }[] };
        await sql(portal, 'select pg_terminate_backend($1)', [rows[0]!.pid]);
      });
      const error = await committing.catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(Error);
      expect(calls).to.equal(0);
      expect(await sql(portal, "select 1 from counters where kind like 'terminated%'")).to.deep.equal([]);
      expect(await inTenant(portal.database, tenant.id, async () => 'the pool works')).to.be.a('string');
    });
  });
});

describe('the type of a refusal', () => {
  it('does not accept a plain result', () => {
    // @ts-expect-error -- only refuseWith creates a refusal
    const plain: Refused<{ reason: string }> = { ok: false, reason: 'Taken' };
    expect(plain).to.not.deep.equal(refuseWith({ reason: 'Taken' }));
  });
});
