import { expect } from 'chai';
import { setTimeout as delay } from 'node:timers/promises';
import { asPlatform } from '../../../src/database/as-platform.ts';
import { inTenant } from '../../../src/database/in-tenant.ts';
import type { TenantDb } from '../../../src/database/tenant-db.ts';
import { systemActor } from '../../../src/domain/actor.ts';
import { changePassword, setPasswordWithToken } from '../../../src/domain/password/password-actions.ts';
import { parseEmailAddress } from '../../../src/domain/text/email-address.ts';
import { findTokenUser, mintToken, type TokenPurpose } from '../../../src/domain/token/one-time-token.ts';
import {
  cancelEmailChange,
  confirmEmailChange,
  requestEmailChange,
} from '../../../src/domain/user/change-email.ts';
import { disableUser, revokeInvitation } from '../../../src/domain/user/user-access.ts';
import { issueResetLink } from '../../../src/domain/user/user-emails.ts';
import { verifyEmail } from '../../../src/domain/user/verify-email.ts';
import {
  createCustomer,
  createTenant,
  signIn,
  type TestPerson,
  type TestTenant,
} from '../../support/factories.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';

const actor = systemActor('Tests');
const NEW_EMAIL = parseEmailAddress('new.address@example.com')!;

const opened = (token: string) => ({ token, browser_key: 'key' });

interface Setting {
  db: TenantDb;
  person: TestPerson;
  token: string;
}

const withLink =
  (
    purpose: TokenPurpose,
    work: (link: NonNullable<Awaited<ReturnType<typeof findTokenUser>>>, setting: Setting) => unknown,
  ) =>
  async (setting: Setting) =>
    work((await findTokenUser(setting.db, setting.token, purpose))!, setting);

/** The purpose is that of the stored token. */
const ACTIONS: Record<string, [TokenPurpose, (setting: Setting) => unknown]> = {
  'setPasswordWithToken()': [
    'invitation',
    withLink('invitation', (link, { db, token }) =>
      setPasswordWithToken(db, actor, link, {
        ...opened(token),
        purpose: 'invitation',
        passwordHash: 'hash',
        termsNumber: '1',
      }),
    ),
  ],
  'verifyEmail()': [
    'verify_email',
    withLink('verify_email', (link, { db, token }) => verifyEmail(db, actor, link, opened(token))),
  ],
  'confirmEmailChange()': [
    'change_email',
    withLink('change_email', (link, { db, token }) =>
      confirmEmailChange(db, actor, link, { ...opened(token), loginSessionId: undefined }),
    ),
  ],
  'requestEmailChange()': [
    'change_email',
    ({ db, person }) =>
      requestEmailChange(db, actor, { ...person, audience: 'customer' }, { new_email: NEW_EMAIL }),
  ],
  'cancelEmailChange()': ['change_email', ({ db, person }) => cancelEmailChange(db, actor, person)],
  'changePassword()': [
    'reset_password',
    async ({ db, person }) => {
      const user = { ...person, audience: 'customer' as const };
      changePassword(db, actor, user, { passwordHash: 'hash', loginSessionId: person.id });
      await db.flush();
    },
  ],
  'disableUser()': ['invitation', ({ db, person }) => disableUser(db, actor, person.id)],
  'revokeInvitation()': ['invitation', ({ db, person }) => revokeInvitation(db, actor, person.id)],
};

describe('Locks of a user', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
  });

  const createPerson = async (purpose: TokenPurpose) => {
    const person = await createCustomer(portal, tenant);
    await signIn(portal, tenant.account, person);
    const sent_to = purpose === 'change_email' ? NEW_EMAIL : person.email;
    await portal.owner.query(`update app.users set pending_email = $2, access = 'invited' where id = $1`, [
      person.id,
      NEW_EMAIL,
    ]);
    const { token } = await inTenant(portal.database, tenant.id, (db) =>
      mintToken(db, { user_id: person.id, purpose, sent_to }),
    );
    return { person, token };
  };

  /** Whether the token or the login session is locked while the action waits for the user's row. */
  const locksBefore = async (userId: string, start: () => Promise<unknown>): Promise<boolean> => {
    const holder = await portal.owner.connect();
    await holder.query('begin');
    await holder.query('select 1 from users where id = $1 for update', [userId]);
    const running = start();
    const {
      rows: [self],
    } = await holder.query<{ pid: number }>('select pg_backend_pid() as pid');
    const waiting = 'select 1 from pg_stat_activity where $1 = any(pg_blocking_pids(pid))';
    for (let tries = 0; (await portal.owner.query(waiting, [self!.pid])).rowCount === 0; tries += 1) {
      if (tries === 100) throw new Error('The action does not lock the user');
      await delay(10);
    }
    let isLocked = false;
    for (const table of ['one_time_tokens', 'login_sessions'])
      await portal.owner
        .query(`select 1 from ${table} where user_id = $1 for update nowait`, [userId])
        .catch(() => (isLocked = true));
    await holder.query('rollback');
    holder.release();
    await running;
    return isLocked;
  };

  for (const [name, [purpose, action]] of Object.entries(ACTIONS))
    it(`are taken by ${name} before those of the tokens and login sessions`, async () => {
      const { person, token } = await createPerson(purpose);
      const start = () =>
        inTenant(portal.database, tenant.id, async (db) => {
          await action({ db, person, token });
          await db.flush();
        });
      expect(await locksBefore(person.id, start)).to.equal(false);
    });

  it('are taken by issueResetLink() before those of the tokens', async () => {
    const { person } = await createPerson('reset_password');
    const user = { ...person, audience: 'customer', status: 'enabled', email_norm: person.email } as const;
    const start = () => asPlatform(portal.database, (db) => issueResetLink(db, actor, tenant.id, user));
    expect(await locksBefore(person.id, start)).to.equal(false);
  });
});
