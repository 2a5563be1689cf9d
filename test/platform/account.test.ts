import { expect } from 'chai';
import { PASSWORD } from '../support/factories.ts';
import { startPortal, type TestPortal } from '../support/portal.ts';
import { atConsole, signedInOperator } from './operator.ts';

const NEW = 'seven brave otters swim';

describe('An operator’s password', () => {
  let portal: TestPortal;
  before(async () => {
    portal = await startPortal();
  });
  after(() => portal.close());

  it('is changed, and every other session ends', async () => {
    const visitor = await signedInOperator(portal);
    const { email } = visitor.operator;
    const login = await atConsole(portal).visit('/login');
    const elsewhere = await login.submit('Log in', { username: email, password: PASSWORD });
    expect(elsewhere.path).to.equal('/tenants');

    const form = await (await visitor.visit('/tenants')).follow('Your password');
    const page = await form.submit('Change password', { current_password: PASSWORD, new_password: NEW });
    expect(page.flashes).to.deep.equal(['Your password has been changed. Your other sessions have ended.']);
    expect((await elsewhere.follow('Create tenant')).path).to.equal('/login');
    expect((await visitor.visit('/tenants')).path).to.equal('/tenants');

    const again = (password: string) =>
      atConsole(portal)
        .visit('/login')
        .then((page) => page.submit('Log in', { username: email, password }));
    expect((await again(PASSWORD)).status).to.equal(422);
    expect((await again(NEW)).path).to.equal('/tenants');
  });

  it('stays when the current one is wrong or the new one is weak', async () => {
    const visitor = await signedInOperator(portal);
    const change = async (current_password: string, new_password: string) =>
      (await visitor.visit('/account')).submit('Change password', { current_password, new_password });
    expect((await change('', NEW)).errors).to.deep.equal(['Enter your current password']);
    expect((await change('wrong', NEW)).errors).to.deep.equal(['Your current password is incorrect']);
    expect((await change(PASSWORD, 'fourteen chars')).errors).to.deep.equal([
      'Password must be 15 characters or more',
    ]);
  });

  it('is not checked after ten attempts in fifteen minutes', async () => {
    const visitor = await signedInOperator(portal);
    const change = async () =>
      (await visitor.visit('/account')).submit('Change password', {
        current_password: 'wrong',
        new_password: NEW,
      });
    expect((await change()).status).to.equal(422);
    await portal.owner.query('update throttle_counters set count = 10 where count > 0');
    const page = await change();
    expect(page.status).to.equal(429);
    expect(Number(page.headers['retry-after'])).to.be.within(1, 15 * 60);
  });

  it('is asked for at the door', async () => {
    expect((await atConsole(portal).visit('/account')).path).to.equal('/login');
  });
});
