import { expect } from 'chai';
import { isAllowedBy, statusRules } from '../../../src/domain/company/company-status.ts';
import { companyStatuses, type CompanyStatus } from '../../../src/domain/company/company.ts';

/** What each status allows: access, new rentals, changes, paying. */
const EXPECTED: Record<CompanyStatus, [access: boolean, rents: boolean, changes: boolean, pays: boolean]> = {
  pending: [true, false, true, true],
  active: [true, true, true, true],
  on_hold: [true, false, true, true],
  blocked: [false, false, true, true],
  archived: [true, false, false, false],
};

describe('the statuses of companies', () => {
  for (const status of companyStatuses)
    it(`allow what the table says: ${status}`, () => {
      const { gives_access, may_rent, may_change } = statusRules[status];
      const pays = isAllowedBy(status, 'billing.pay');
      expect([gives_access, may_rent, may_change, pays]).to.eql(EXPECTED[status]);
    });

  it('let customers view in each status', () => {
    for (const status of companyStatuses) expect(isAllowedBy(status, 'billing.view')).to.equal(true);
  });

  it('can follow each other, except that an archived company becomes active first', () => {
    for (const status of companyStatuses) {
      const others = companyStatuses.filter((each) => each !== status);
      expect(statusRules[status].next).to.have.members(status === 'archived' ? ['active'] : others);
    }
  });
});
