import { expect } from 'chai';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { sql } from '../support/rows.ts';
import { anonymousVisitor, signedInOperator } from './operator.ts';

describe('Logout from the platform console', () => {
  let portal: OwnPortal;

  before(async () => {
    portal = await startPortal();
  });
  after(() => portal.close());

  it('ends the session even when its row is inserted again', async () => {
    const visitor = await signedInOperator(portal);
    const page = await visitor.visit('/tenants');
    const { rows } = await portal.owner.query('select sid, sess, expire from platform_sessions');
    const left = await page.submit('Log out');
    expect(left.path).to.equal('/login');
    expect(left.flashes).to.deep.equal(['You have been logged out.']);
    for (const { sid, sess, expire } of rows)
      await portal.owner.query('insert into platform_sessions values ($1, $2, $3) on conflict do nothing', [
        sid,
        sess,
        expire,
      ]);
    expect((await visitor.visit('/tenants')).path).to.equal('/login');
  });

  it('records the logout', async () => {
    const visitor = await signedInOperator(portal);
    await (await visitor.visit('/tenants')).submit('Log out');
    const events = await sql(
      portal,
      'select event, operator_name from platform_events order by id desc limit 1',
    );
    expect(events).to.deep.equal([{ event: 'operator.logged_out', operator_name: visitor.operator.email }]);
  });

  it('redirects anonymous users to the login page', async () => {
    const visitor = anonymousVisitor(portal);
    const response = await visitor.postFrom(await visitor.visit('/login'), '/logout');
    expect(response.status).to.equal(303);
    expect(response.headers['location']).to.equal('/login');
  });
});
