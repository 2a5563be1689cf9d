import { expect } from 'chai';
import { parseAddress } from '../../src/http/client-address.ts';
import { createCustomer, createTenant, signIn } from '../support/factories.ts';
import { sharedPortal } from '../support/portal.ts';

describe('parseAddress', () => {
  const addresses = {
    '203.0.113.9': '203.0.113.9',
    '203.0.113.9:40001': '203.0.113.9',
    ' 203.0.113.9 ': '203.0.113.9',
    '"203.0.113.9:40001"': '203.0.113.9',
    '2001:db8::1': '2001:db8::1',
    '2001:0DB8:0:0:0:0:0:1': '2001:db8::1',
    '[2001:db8::1]': '2001:db8::1',
    '[2001:db8::1]:443': '2001:db8::1',
    '"[2001:db8::1]:443"': '2001:db8::1',
    'fe80::1%eth0': 'fe80::1',
    '::ffff:203.0.113.9': '203.0.113.9',
    '::FFFF:cb00:7109': '203.0.113.9',
    '[::ffff:203.0.113.9]:40001': '203.0.113.9',
    '::1': '::1',
  };
  for (const [text, address] of Object.entries(addresses))
    it(`reads ${JSON.stringify(text)}`, () => expect(parseAddress(text)).to.equal(address));

  for (const text of [
    '',
    'unknown',
    '_hidden',
    '203.0.113',
    '203.0.113.999',
    '[2001:db8::1',
    'a.example:80',
    '::1::',
    "1'; --",
  ])
    it(`refuses ${JSON.stringify(text)}`, () => expect(parseAddress(text)).to.equal(undefined));
});

describe('The address in the audit log', () => {
  it('is the one that the proxy saw, without its port', async () => {
    const portal = await sharedPortal();
    const tenant = await createTenant(portal);
    const forwarded = [
      '203.0.113.9:40001',
      '[2001:db8::1]:443',
      '198.51.100.1, ::ffff:203.0.113.10',
      'unknown',
    ];
    for (const address of forwarded)
      await signIn(portal, tenant.account, await createCustomer(portal, tenant), { address });
    const { rows } = await portal.owner.query<{ ip: string }>(
      `select distinct host(ip::inet) as ip from audit_events where tenant_id = $1 and ip is not null order by 1`,
      [tenant.id],
    );
    expect(rows.map(({ ip }) => ip)).to.have.members([
      '203.0.113.9',
      '2001:db8::1',
      '203.0.113.10',
      '127.0.0.1',
    ]);
  });
});
