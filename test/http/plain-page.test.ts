import { expect } from 'chai';
import { plainPage } from '../../src/http/plain-page.ts';

describe('A plain page', () => {
  it('escapes its title and text, which may contain the name of a tenant', () => {
    const html = plainPage('Tom & Co', 'Contact <b>Tom</b>.', '<ul></ul>');
    expect(html).to.include('<title>Tom &amp; Co</title>').and.include('<h1>Tom &amp; Co</h1>');
    expect(html).to.include('<p>Contact &lt;b&gt;Tom&lt;/b&gt;.</p><ul></ul>');
  });
});
