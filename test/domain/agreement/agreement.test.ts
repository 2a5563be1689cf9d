import { expect } from 'chai';
import {
  agreementLanguage,
  fillAgreement,
  unknownPlaceholders,
} from '../../../src/domain/agreement/agreement.ts';

const values = {
  customer: 'Ada & {{unit}}',
  unit: 'U1',
  site: 'North',
  price: '$1.00',
  deposit: '$2.00',
  start: 'Jan 1, 2026',
  tenant: 'Acme',
};

describe('agreements', () => {
  it('have the values of the rental in place of the placeholders, once', () => {
    expect(fillAgreement('{{ customer }} rents {{unit}} for {{price}}', values)).to.equal(
      'Ada & {{unit}} rents U1 for $1.00',
    );
  });

  it('keep names that are no placeholders', () => {
    expect(fillAgreement('{{rent}} {{toString}} {unit} {{}}', values)).to.equal(
      '{{rent}} {{toString}} {unit} {{}}',
    );
    expect(unknownPlaceholders('{{rent}} {{unit}} {{ rent }} {{constructor}}')).to.eql([
      'rent',
      'constructor',
    ]);
  });

  it('have one text for all kinds of English', () => {
    expect(['en-GB', 'en', 'ar', 'ar-EG', 'fr', null].map(agreementLanguage)).to.eql([
      'en',
      'en',
      'ar',
      'ar',
      'en',
      'en',
    ]);
  });
});
