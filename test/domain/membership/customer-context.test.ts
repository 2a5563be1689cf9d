import { expect } from 'chai';
import type { CompanyStatus } from '../../../src/domain/company/company.ts';
import { customerContexts } from '../../../src/domain/membership/customer-context.ts';

const GRANTED = ['billing.view', 'billing.pay', 'units.edit', 'employees.edit'];

describe('customerContexts', () => {
  const company = (status: CompanyStatus) => ({ id: status, name: status, status });
  const permissionsIn = (status: CompanyStatus) =>
    customerContexts(false, [company(status)], () => GRANTED).map(({ permissions }) => [...permissions]);

  it('begins with the customer themselves, with the personal permissions and not those of a company', () => {
    const [self, ...rest] = customerContexts(true, [company('active')], () => GRANTED);
    expect(self!.company).to.equal(null);
    expect([...self!.permissions])
      .to.include('billing.pay')
      .and.not.include('employees.edit');
    expect(rest.map((context) => context.company?.name)).to.eql(['active']);
  });

  it('gives each company the permissions of its own roles', () => {
    const companies = [company('active'), company('pending')];
    const contexts = customerContexts(false, companies, (id) => (id === 'active' ? ['units.view'] : []));
    expect(contexts.map(({ permissions }) => [...permissions])).to.eql([['units.view'], []]);
  });

  it('leaves out blocked companies', () => {
    expect(permissionsIn('blocked')).to.eql([]);
  });

  it('keeps all permissions in a company on hold', () => {
    expect(permissionsIn('on_hold')).to.eql([GRANTED]);
  });

  it('keeps only the permissions to view in an archived company', () => {
    expect(permissionsIn('archived')).to.eql([['billing.view']]);
  });
});
