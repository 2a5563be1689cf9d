import { expect } from 'chai';
import { escapeHtml } from '../../../src/compile-view.ts';
import { iconHref, platformIcon } from '../../../src/domain/brand/icon.ts';
import { theme } from '../../../src/domain/brand/theme-css.ts';

describe('the icon of a portal', () => {
  const hrefOf = (name: string) => iconHref({ name, logo: null, theme: theme({ color: '#123456' }) });
  const svgOf = (href: string) => decodeURIComponent(href.replace('data:image/svg+xml,', ''));

  it('contains no character that HTML escapes', () => {
    for (const href of [platformIcon, hrefOf('Bench'), hrefOf('"#%')])
      expect(escapeHtml(href)).to.equal(href);
  });

  it('shows the first letter of the name in the colours of the tenant', () => {
    const svg = svgOf(hrefOf('Émile'));
    expect(svg).to.include("fill='#123456'").and.include('>É</text>');
    expect(svgOf(hrefOf('<'))).to.include('>&#60;</text>');
  });
});
