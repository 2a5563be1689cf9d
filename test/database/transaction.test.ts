import { expect } from 'chai';
import type { Knex } from 'knex';
import type pg from 'pg';
import * as z from 'zod';
import { asPlatform } from '../../src/database/as-platform.ts';
import { inTenant, runStatements } from '../../src/database/in-tenant.ts';
import { TenantDb } from '../../src/database/tenant-db.ts';
import { refuseWith, type Refused } from '../../src/database/transaction.ts';
import type { Log } from '../../src/log.ts';
import { StatementCounter } from '../support/count-statements.ts';
import { parseValues, refuse } from '../../src/domain/form/parse-values.ts';
import { email } from '../../src/domain/form/fields.ts';
import { createTenant, type TestTenant } from '../support/factories.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { sql } from '../support/rows.ts';

const unserialisable = { toPostgres: () => JSON.parse('{') as never };

const raiseError = (db: TenantDb, code: string) =>
  db.raw(`do $$ begin raise exception using errcode = '${code}'; end $$`);

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
  let portal: OwnPortal;
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
    expect(String(error)).to.include('division by zero');
    expect(await sql(portal, 'select 1 from counters where kind = $1', [kind])).to.deep.equal([]);
  });

  it('of a tenant that uses runStatements() stores nothing when a statement or one of its values fails', async () => {
    const text = 'insert into counters (tenant_id, kind) values ($1, $2)';
    const insert = { text, values: [tenant.id, 'all or nothing'] };
    const failing = { 'select 1 / $1::int': 0, 'select $1::text': unserialisable };
    for (const [last, value] of Object.entries(failing)) {
      const statements = [insert, { text: last, values: [value] }];
      const running = runStatements(portal.database, tenant.id, statements);
      const error = await running.catch((thrown: unknown) => thrown);
      expect(String(error), last).to.match(/division by zero|JSON/);
      expect(await sql(portal, 'select 1 from counters where kind = $1', ['all or nothing'])).to.eql([]);
    }
  });

  for (const [kind, run] of Object.entries({
    tenant: (work: (db: TenantDb) => unknown) =>
      inTenant({ ...portal.database, app: refusingBegin(portal.database.app) }, tenant.id, work),
    platform: (work: (db: TenantDb) => unknown) =>
      asPlatform({ ...portal.database, platform: refusingBegin(portal.database.platform) }, (db) =>
        work(db.tenant(tenant.id)),
      ),
  }))
    it(`of the ${kind} stores nothing when the server refuses BEGIN`, async () => {
      const [existing, inserted] = [`begin ${kind}`, `begin ${kind} inserted`];
      await inTenant(portal.database, tenant.id, (db) => db.insertInto('counters', { kind: existing }));
      const error = await run((db) => {
        db.defer(db.insertInto('counters', { kind: inserted }));
        db.defer(db.from('counters').where({ kind: existing }).update({ next: 7n }));
      }).catch((thrown: unknown) => thrown);
      expect(String(error)).to.include('division by zero');
      const stored = 'select kind, next from counters where kind = any($1)';
      expect(await sql(portal, stored, [[existing, inserted]])).to.eql([{ kind: existing, next: '1' }]);
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

      for (const code of ['40P01', '40001'])
        it(`runs its work once more after the error ${code}, and stores only what the second run does`, async () => {
          const calls: number[] = [];
          let runs = 0;
          const result = await run(async (db) => {
            const n = (runs += 1);
            db.afterCommit(() => void calls.push(n));
            db.defer(db.insertInto('counters', { kind: `retry ${code} ${n} ${kind}` }));
            await db.raw('select 1');
            db.defer(db.insertInto('counters', { kind: `retry ${code} ${n} unsent ${kind}` }));
            if (n === 1) await raiseError(db, code);
            return n;
          });
          expect([result, runs, calls]).to.deep.equal([2, 2, [2]]);
          const stored = await sql(portal, 'select kind from counters where kind like $1 order by kind', [
            `retry ${code} % ${kind}`,
          ]);
          expect(stored.map((row) => row['kind'])).to.deep.equal([
            `retry ${code} 2 ${kind}`,
            `retry ${code} 2 unsent ${kind}`,
          ]);
        });

      it('runs its work once more when a deferred statement causes a deadlock, whatever error stands for it', async () => {
        let runs = 0;
        await run(async (db) => {
          if ((runs += 1) === 1) db.defer(raiseError(db, '40P01'), () => new Error('Taken'));
          await db.raw('select 1');
        });
        expect(runs).to.equal(2);
      });

      it('fails after two deadlocks, and runs its work once when any other error occurs', async () => {
        for (const [code, expected] of [
          ['40P01', 2],
          ['23514', 1],
        ] as const) {
          let runs = 0;
          const error = await run(async (db) => {
            runs += 1;
            await raiseError(db, code);
          }).catch((thrown: { code?: string }) => thrown.code);
          expect([error, runs]).to.deep.equal([code, expected]);
        }
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
          db.defer(db.from('counters').where({ kind: name }).update({ next: 7n }));
          expect(await db.from('counters').where({ kind: name }).first('next')).to.eql({ next: 7n });
          db.defer(db.from('counters').where({ kind: name }).update({ next: 8n }));
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
          db.raw('select ?::text', [unserialisable as never]),
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

      it('stores nothing when the error of a value that cannot be serialised is ignored', async () => {
        const name = `unserialisable ${kind}`;
        const read = (db: TenantDb, value: unknown) =>
          db.raw<{ rows: unknown[] }>('select ?::text as ignored', [value as never]);
        const error = await run(async (db) => {
          await db.insertInto('counters', { kind: name });
          await read(db, unserialisable).then(undefined, () => undefined);
        }).catch((thrown: unknown) => thrown);
        expect(String(error)).to.match(/JSON/);
        expect(await sql(portal, 'select kind from counters where kind = $1', [name])).to.eql([]);
        for (let n = 0; n < 3; n += 1)
          expect(await run(async (db) => (await read(db, 'x')).rows)).to.eql([{ ignored: 'x' }]);
      });

      it('throws the error of the statement that failed first, when statements are sent together', async () => {
        const later = async (statement: PromiseLike<unknown>) => await (async () => await statement)();
        const error = await run((db) =>
          Promise.all([later(db.raw('select 1 / 0')), db.raw('select 1')]),
        ).catch((thrown: unknown) => thrown);
        expect(String(error)).to.include('division by zero');
      });

      it('throws the error of a deferred statement when a later text was sent twice and never prepared', async () => {
        class Duplicate extends Error {}
        const error = await run(async (db) => {
          const update = () =>
            db
              .from('counters')
              .where({ kind })
              .update({ next: 3n, kind: `${kind} twice` });
          const row = { kind: `duplicate of a deferred statement ${kind}` };
          db.defer(db.insertInto('counters', [row, row]), () => new Duplicate());
          db.defer(update());
          await update();
        }).catch((thrown: unknown) => thrown);
        expect(error).to.be.instanceOf(Duplicate);
      });

      it('names the statement, without its values, in the error of a deferred one', async () => {
        const error = await run(async (db) => {
          db.defer(db.raw("select 'x' || 1 / ?::int", [0]));
        }).catch((thrown: unknown) => thrown);
        expect((error as Error).message).to.equal("select 'x' || 1 / $1::int - division by zero");
      });

      it('catches a unique violation of a deferred statement', async () => {
        const name = `violated ${kind}`;
        await run(async (db) => {
          await db.insertInto('counters', { kind: name });
          const isFree = await db.catchUniqueViolation(async () => {
            db.defer(db.insertInto('counters', { kind: `${name} with` }));
            db.defer(db.insertInto('counters', { kind: name }));
          });
          expect(isFree).to.equal(false);
          db.defer(db.insertInto('counters', { kind: `${name} after` }));
        });
        const stored = await sql(portal, 'select kind from counters where kind like $1 order by 1', [
          `${name}%`,
        ]);
        expect(stored).to.eql([{ kind: name }, { kind: `${name} after` }]);
      });

      it('catches a unique violation before a text that was sent twice and never prepared', async () => {
        const name = `violated before ${kind}`;
        await run(async (db) => {
          await db.insertInto('counters', { kind: name });
          const isFree = await db.catchUniqueViolation(async () => {
            const update = () =>
              db
                .from('counters')
                .where({ kind: name })
                .update({ kind: `${name} twice`, next: 2n });
            db.defer(db.insertInto('counters', { kind: name }));
            db.defer(update());
            await update();
          });
          expect(isFree).to.equal(false);
        });
        const stored = 'select kind from counters where kind like $1';
        expect(await sql(portal, stored, [`${name}%`])).to.eql([{ kind: name }]);
      });

      it('does not catch a unique violation of a statement that was deferred before', async () => {
        const name = `deferred before ${kind}`;
        let isFree: boolean | undefined;
        const error = await run(async (db) => {
          db.defer(db.insertInto('counters', [{ kind: name }, { kind: name }]));
          isFree = await db.catchUniqueViolation(async () => {
            await db.raw('select 1');
          });
        }).catch((thrown: unknown) => thrown);
        expect((error as { code?: string }).code).to.equal('23505');
        expect(isFree).to.equal(undefined);
      });

      it('rolls back all work of a unique violation around another one', async () => {
        const name = `nested ${kind}`;
        const insert = (db: TenantDb, suffix: string) =>
          db.insertInto('counters', { kind: `${name}${suffix}` });
        await run(async (db) => {
          await insert(db, '');
          const isFree = await db.catchUniqueViolation(async () => {
            await insert(db, ' before');
            expect(await db.catchUniqueViolation(async () => void (await insert(db, '')))).to.equal(false);
            await insert(db, ' after');
            await insert(db, '');
          });
          expect(isFree).to.equal(false);
        });
        const stored = await sql(portal, 'select kind from counters where kind like $1', [`${name}%`]);
        expect(stored).to.eql([{ kind: name }]);
      });

      it('sends deferred statements with flush(), which throws their error, and nothing without one', async () => {
        const counter = new StatementCounter(portal.database.app, portal.database.platform);
        await run(async (db) => {
          db.defer(db.insertInto('counters', { kind: `flushed ${kind}` }));
          await db.flush();
          counter.start();
          await db.flush();
          expect(counter.counted.statements).to.eql([]);
          db.defer(db.raw('select 1 / 0'));
          const error: unknown = await db.flush().catch((thrown: unknown) => thrown);
          expect(String(error)).to.include('division by zero');
          return refuseWith({});
        });
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

/** As if the server cancelled the first message of each transaction. */
function refusingBegin(pool: pg.Pool): pg.Pool {
  const connect = async () => {
    const client = await pool.connect();
    const query = client.query.bind(client) as (config: object, ...rest: unknown[]) => unknown;
    const refuse = (config: string | { text: string }, ...rest: unknown[]) => {
      const text = typeof config === 'string' ? config : config.text;
      const others = typeof config === 'string' ? {} : config;
      return query({ ...others, text: text.replace(/^begin/, 'select 1 / 0; begin') }, ...rest);
    };
    return Object.assign(Object.create(client) as pg.PoolClient, { query: refuse });
  };
  return { connect } as unknown as pg.Pool;
}

describe('the type of a refusal', () => {
  it('does not accept a plain result', () => {
    // @ts-expect-error -- only refuseWith creates a refusal
    const plain: Refused<{ reason: string }> = { ok: false, reason: 'Taken' };
    expect(plain).to.not.deep.equal(refuseWith({ reason: 'Taken' }));
  });
});
