import { expect } from 'chai';
import { PASSWORD } from '../support/factories.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { anonymousVisitor, signedInOperator } from './operator.ts';

const NEW_PASSWORD = 'seven brave otters swim';

describe('Account of an operator', () => {
  let portal: OwnPortal;

  before(async () => {
    portal = await startPortal();
  });
  after(() => portal.close());

  it('changes the password and ends the other sessions', async () => {
    const visitor = await signedInOperator(portal);
    const { email } = visitor.operator;
    const login = await anonymousVisitor(portal).visit('/login');
    const elsewhere = await login.submit('Log in', { username: email, password: PASSWORD });
    expect(elsewhere.path).to.equal('/tenants');

    const copy = anonymousVisitor(portal);
    copy.cookies.set('__Host-platform', visitor.cookies.get('__Host-platform')!);
    const form = await (await visitor.visit('/tenants')).follow('Your password');
    const page = await form.submit('Change password', {
      current_password: PASSWORD,
      new_password: NEW_PASSWORD,
    });
    expect(page.flashes).to.deep.equal([
      'Your password has been changed. All other devices have been logged out.',
    ]);
    expect((await elsewhere.follow('Create tenant')).path).to.equal('/login');
    expect((await visitor.visit('/tenants')).path).to.equal('/tenants');
    expect(visitor.cookies.get('__Host-platform')).to.not.equal(copy.cookies.get('__Host-platform'));
    expect((await copy.visit('/tenants')).path).to.equal('/login');

    const again = (password: string) =>
      anonymousVisitor(portal)
        .visit('/login')
        .then((page) => page.submit('Log in', { username: email, password }));
    expect((await again(PASSWORD)).status).to.equal(422);
    expect((await again(NEW_PASSWORD)).path).to.equal('/tenants');
  });

  it('refuses a wrong current password and a weak new one', async () => {
    const visitor = await signedInOperator(portal);
    const change = async (current_password: string, new_password: string) =>
      (await visitor.visit('/account')).submit('Change password', { current_password, new_password });
    expect((await change('', NEW_PASSWORD)).errors).to.deep.equal(['Enter your current password']);
    expect((await change('wrong', NEW_PASSWORD)).errors).to.deep.equal([
      'Your current password is incorrect',
    ]);
    expect((await change(PASSWORD, 'fourteen chars')).errors).to.deep.equal([
      'Password must be 15 characters or more',
    ]);
  });

  it('returns 429 after ten attempts in fifteen minutes', async () => {
    const visitor = await signedInOperator(portal);
    const change = async () =>
      (await visitor.visit('/account')).submit('Change password', {
        current_password: 'wrong',
        new_password: NEW_PASSWORD,
      });
    expect((await change()).status).to.equal(422);
    await portal.owner.query('update throttle_counters set count = 10 where count > 0');
    const page = await change();
    expect(page.status).to.equal(429);
    expect(Number(page.headers['retry-after'])).to.be.within(1, 15 * 60);
  });

  it('redirects anonymous users to the login page', async () => {
    expect((await anonymousVisitor(portal).visit('/account')).path).to.equal('/login');
  });
});
