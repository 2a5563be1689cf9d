import { expect } from 'chai';
import { inTenant } from '../../src/database/in-tenant.ts';
import { completeStep } from '../../src/domain/login-session/login-session-actions.ts';
import {
  pendingSteps,
  type PendingStep,
  type StepName,
} from '../../src/domain/login-session/pending-steps.ts';
import { findEventNamesOf, findEventsOf } from '../support/audit.ts';
import {
  createCompany,
  createCustomer,
  createStaff,
  createTenant,
  signedInCustomer,
  signedInStaff,
  submitLogin,
  type TestPerson,
  type TestTenant,
} from '../support/factories.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { receiveEmail, sql, untilBlocked, userRow } from '../support/rows.ts';
import { Visitor } from '../support/visitor.ts';

const AGREE = { 'I agree to the Terms and Conditions': true };

describe('The login', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
  });

  async function loginOf(userId: string) {
    const text = 'select method, pending from login_sessions where user_id = $1';
    return (await sql<{ method: string; pending: string[] }>(portal, text, [userId]))[0];
  }

  async function openInvitation() {
    const grace = await createCustomer(portal, tenant, { password: null });
    const { link } = await receiveEmail(portal, tenant, grace, 'accountInvitation');
    const page = await new Visitor(portal, tenant.account).visit(link);
    const accept = () => page.submit('Accept invitation', { 'New password': 'three random words', ...AGREE });
    return { grace, link, accept };
  }

  describe('session', () => {
    it('records the login method in the login session and in the audit log', async () => {
      const customer = await signedInCustomer(portal, tenant);
      const staff = await signedInStaff(portal, tenant);
      const { grace, accept } = await openInvitation();
      await accept();
      const expected = [
        [customer.person.id, 'password'],
        [staff.person.id, 'password'],
        [grace.id, 'invitation'],
      ] as const;
      for (const [id, method] of expected) {
        expect(await loginOf(id)).to.include({ method });
        const events = (await findEventsOf(portal, id)).filter(({ event }) => event === 'user.logged_in');
        expect(events.map(({ changes }) => changes)).to.deep.equal([{ method }]);
      }
    });

    it('rolls back the accepted invitation when the user changes before the login', async () => {
      const { grace, link, accept } = await openInvitation();
      const owner = await portal.owner.connect();
      await owner.query('begin');
      await owner.query(`update users set email = upper(email) where id = $1`, [grace.id]);
      const submitted = accept();
      await untilBlocked(portal);
      await owner.query('commit');
      owner.release();

      expect((await submitted).status).to.equal(410);
      expect(await userRow(portal, grace.id)).to.include({ password_hash: null, last_login_at: null });
      expect(await findEventNamesOf(portal, grace.id)).to.deep.equal([]);
      expect(await loginOf(grace.id)).to.equal(undefined);
      const again = await new Visitor(portal, tenant.account).visit(link);
      const page = await again.submit('Accept invitation', {
        'New password': 'three random words',
        ...AGREE,
      });
      expect(page.path).to.equal('/account');
    });

    it('keeps the previous login of the browser when the next one is refused', async () => {
      const visitor = await signedInCustomer(portal, tenant);
      const response = await refusedLogin(visitor);
      expect(response.status).to.equal(422);
      expect((await visitor.visit('/account/profile')).path).to.equal('/account/profile');
      expect(await loginsOf(visitor.person.id)).to.deep.equal([{ is_revoked: false }]);
    });

    it('revokes the previous login of the browser when the next one begins', async () => {
      const visitor = await signedInCustomer(portal, tenant);
      const previous = visitor.cookies.get('__Host-account')!;
      const other = await createCustomer(portal, tenant);
      await postLogin(visitor, other);
      expect(visitor.cookies.get('__Host-account')).not.to.equal(previous);
      expect(await loginsOf(visitor.person.id)).to.deep.equal([{ is_revoked: true }]);
      expect(await loginsOf(other.id)).to.deep.equal([{ is_revoked: false }]);
      visitor.cookies.set('__Host-account', previous);
      expect((await visitor.visit('/account/profile')).path).to.equal('/account/login');
    });

    it('is not stored for an anonymous user whose login is refused', async () => {
      const visitor = new Visitor(portal, tenant.account);
      const before = await countSessions();
      expect((await refusedLogin(visitor)).status).to.equal(422);
      expect(visitor.cookies.get('__Host-account')).to.equal(undefined);
      expect(await countSessions()).to.equal(before);
    });

    it('is stored in the transaction of the login and expires with it', async () => {
      for (const [remember, days] of [
        ['', 0.5],
        ['yes', 14],
      ] as const) {
        const { id, email: username, password } = await createCustomer(portal, tenant);
        const visitor = new Visitor(portal, tenant.account);
        const page = await visitor.visit('/account/login');
        await visitor.postFrom(page, '/account/login', { username, password, remember });
        const [stored] = await sql<{
          csrf: number;
          seconds: number;
          late: number;
          is_same_transaction: boolean;
        }>(
          portal,
          `select length(s.sess->>'csrfSecret') as csrf, extract(epoch from s.expire - now())::float8 as seconds,
             extract(epoch from s.expire - l.expires_at)::float8 as late, s.xmin = l.xmin as is_same_transaction
           from login_sessions l join sessions s on s.tenant_id = l.tenant_id and s.sid = l.sid_hash
           where l.user_id = $1`,
          [id],
        );
        expect(stored).to.include({ csrf: 24, is_same_transaction: true });
        expect(stored!.seconds).to.be.closeTo(days * 24 * 60 * 60, 60);
        expect(stored!.late).to.be.closeTo(0, 1);
      }
    });

    it('does not begin when the connection to the database is lost before the commit', async () => {
      const person = await createCustomer(portal, tenant);
      const visitor = new Visitor(portal, tenant.account);
      const before = await countSessions();
      const owner = await portal.owner.connect();
      await owner.query('begin');
      await owner.query('select 1 from users where id = $1 for update', [person.id]);
      const submitted = postLogin(visitor, person);
      await untilBlocked(portal);
      await owner.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock'`,
      );
      expect((await submitted).status).to.equal(503);
      await owner.query('rollback');
      owner.release();

      expect(visitor.cookies.get('__Host-account')).to.equal(undefined);
      expect(await loginsOf(person.id)).to.deep.equal([]);
      expect(await countSessions()).to.equal(before);
      expect((await postLogin(visitor, person)).status).to.equal(303);
      expect(await loginsOf(person.id)).to.deep.equal([{ is_revoked: false }]);
    });

    it('begins in each of two tabs that log in at once', async () => {
      const person = await createCustomer(portal, tenant);
      const tabs = [new Visitor(portal, tenant.account), new Visitor(portal, tenant.account)];
      const responses = await Promise.all(tabs.map((tab) => postLogin(tab, person)));
      expect(responses.map(({ status }) => status)).to.eql([303, 303]);
      for (const tab of tabs) expect((await tab.visit('/account/profile')).path).to.equal('/account/profile');
      expect(await loginsOf(person.id)).to.deep.equal([{ is_revoked: false }, { is_revoked: false }]);
    });

    it('and its cookie are deleted by logging out, and no other is stored', async () => {
      for (const [visitor, from, path] of [
        [await signedInCustomer(portal, tenant), '/account', '/account/logout'],
        [await signedInStaff(portal, tenant), '/users', '/logout'],
      ] as const) {
        const before = await countSessions();
        const page = await visitor.visit(from);
        const { headers } = await visitor.postFrom(page, path);
        const name = from === '/users' ? '__Host-operations' : '__Host-account';
        const cookies = (headers['set-cookie'] as unknown as string[]).filter((line) =>
          line.startsWith(name),
        );
        expect(cookies).to.have.length(1);
        expect(cookies[0]).to.match(/=; .*Expires=Thu, 01 Jan 1970/);
        expect(await countSessions()).to.equal(before - 1);
      }
    });

    it('is deleted by logging out after the login session ended', async () => {
      const visitor = await signedInCustomer(portal, tenant);
      const page = await visitor.visit('/account');
      await sql(portal, 'update login_sessions set revoked_at = now() where user_id = $1', [
        visitor.person.id,
      ]);
      const before = await countSessions();
      expect((await visitor.postFrom(page, '/account/logout')).status).to.equal(303);
      expect(await countSessions()).to.equal(before - 1);
    });

    const loginsOf = (userId: string) =>
      sql(portal, 'select revoked_at is not null as is_revoked from login_sessions where user_id = $1', [
        userId,
      ]);

    async function countSessions(): Promise<number> {
      return (await sql(portal, 'select 1 from sessions where tenant_id = $1', [tenant.id])).length;
    }

    /** Takes the token of another page, because the login page redirects users who are logged in. */
    async function postLogin(visitor: Visitor, { email, password }: TestPerson) {
      const page = await visitor.visit('/account/forgot-password');
      return visitor.postFrom(page, '/account/login', { username: email, password });
    }

    /** The password changes after it was checked. */
    async function refusedLogin(visitor: Visitor) {
      const person = await createCustomer(portal, tenant);
      const owner = await portal.owner.connect();
      await owner.query('begin');
      await owner.query('update users set password_hash = null where id = $1', [person.id]);
      const submitted = postLogin(visitor, person);
      await untilBlocked(portal);
      await owner.query('commit');
      owner.release();
      return submitted;
    }
  });

  describe('step that is pending', () => {
    const TEST_STEP = 'test_step' as StepName;
    const steps = pendingSteps as Record<string, PendingStep>;

    beforeEach(() => {
      steps[TEST_STEP] = {
        paths: { customer: '/account/test-step', staff: '/test-step' },
        isRequired: async () => Promise.resolve(true),
      };
    });
    afterEach(() => {
      delete steps[TEST_STEP];
    });

    const logInCustomer = async () => {
      const ada = await createCustomer(portal, tenant, { terms: false });
      const visitor = new Visitor(portal, tenant.account);
      await submitLogin(visitor, '/account/login', ada);
      return { ada, visitor };
    };
    const setPending = (userId: string, pending: string[]) =>
      sql(portal, 'update login_sessions set pending = $2 where user_id = $1', [userId, pending]);
    const complete = (userId: string) =>
      inTenant(portal.database, tenant.id, (db) => completeStep(db, userId, TEST_STEP));

    it('redirects to its page, in the order of the table of steps, until it is completed', async () => {
      const { ada, visitor } = await logInCustomer();
      expect(await loginOf(ada.id)).to.deep.include({ pending: ['terms', 'test_step'] });
      await setPending(ada.id, ['test_step', 'terms']);
      const agreement = await visitor.visit('/account/profile');
      expect(agreement.path).to.equal('/account/terms/agreement');

      await agreement.submit('Submit', AGREE);
      expect(await loginOf(ada.id)).to.deep.include({ pending: ['test_step'] });
      expect((await visitor.visit('/account/profile')).path).to.equal('/account/test-step');

      await complete(ada.id);
      expect(await loginOf(ada.id)).to.deep.include({ pending: [] });
      expect((await visitor.visit('/account/profile')).path).to.equal('/account/profile');
    });

    it('cannot be skipped by opening or submitting the page of a later step', async () => {
      const { ada, visitor } = await logInCustomer();
      const agreement = await visitor.visit('/account/terms/agreement');
      const { terms, ...others } = pendingSteps;
      try {
        delete steps['terms'];
        Object.assign(steps, others, { terms });
        expect((await visitor.visit('/account/terms/agreement')).path).to.equal('/account/test-step');
        expect((await agreement.submit('Submit', AGREE)).path).to.equal('/account/test-step');
      } finally {
        Object.assign(steps, { terms });
      }
      expect(await loginOf(ada.id)).to.deep.include({ pending: ['terms', 'test_step'] });
      expect(await findEventNamesOf(portal, ada.id)).not.to.include('user.terms_accepted');
    });

    it('redirects staff to its page at the operations portal', async () => {
      const staff = await createStaff(portal, tenant);
      const visitor = new Visitor(portal, tenant.operations);
      await submitLogin(visitor, '/login', staff);
      expect(await loginOf(staff.id)).to.deep.include({ pending: ['test_step'] });
      for (const path of ['/users', '/audit-log', '/settings'])
        expect((await visitor.visit(path)).path, path).to.equal('/test-step');
      await complete(staff.id);
      expect((await visitor.visit('/users')).path).to.equal('/users');
    });

    it('leaves only logging out in the layout of error pages', async () => {
      const companies = [await createCompany(portal, tenant), await createCompany(portal, tenant)];
      const customer = await signedInCustomer(portal, tenant, { companies });
      const staff = await signedInStaff(portal, tenant);
      for (const visitor of [customer, staff]) {
        const header = async () => {
          const { root } = await visitor.visit('/unknown');
          return root.querySelectorAll('header :is(nav a, .menu a, button)').map((each) => each.text.trim());
        };
        expect(await header()).to.eql(['Log out']);
        await complete(visitor.person.id);
        expect((await header()).length).to.be.greaterThan(3);
      }
    });

    it('with an unknown name, or without a page for the audience, closes every page but logging out', async () => {
      const { ada, visitor } = await logInCustomer();
      const staff = await signedInStaff(portal, tenant);
      await setPending(ada.id, ['step_of_a_newer_version']);
      await setPending(staff.person.id, ['terms']);
      for (const path of ['/account', '/account/profile', '/account/terms/agreement'])
        expect((await visitor.visit(path)).status, path).to.equal(403);
      const forbidden = await staff.visit('/users');
      expect(forbidden.status).to.equal(403);
      expect((await forbidden.submit('Log out')).path).to.equal('/login');
    });
  });
});
