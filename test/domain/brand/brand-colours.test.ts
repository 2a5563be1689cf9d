import { expect } from 'chai';
import { brandColours, contrast, linkBackground } from '../../../src/domain/brand/brand-colours.ts';
import { isColour, theme } from '../../../src/domain/brand/theme-css.ts';

describe('brandColours', () => {
  const examples = [
    { brand: '#ffd400', on_brand: '#000000', ratio: 14.7, ink_light: '#846d01', ink_dark: '#ffd400' },
    { brand: '#00205b', on_brand: '#ffffff', ratio: 15.5, ink_light: '#00205b', ink_dark: '#6088cc' },
    { brand: '#ff6f61', on_brand: '#000000', ratio: 7.7, ink_light: '#c93d34', ink_dark: '#ff6f61' },
  ] as const;

  for (const { brand, on_brand, ratio, ink_light, ink_dark } of examples) {
    it(`returns ${on_brand} text on ${brand}, and ${ink_light} and ${ink_dark} links on light and dark pages`, () => {
      const colours = brandColours(brand);
      expect(colours).to.include({ brand, on_brand, ink_light, ink_dark });
      expect(colours.ratios.on_brand).to.be.closeTo(ratio, 0.05);
    });
  }

  it('returns readable colours for every brand colour', () => {
    const steps = ['00', '33', '66', '80', '99', 'cc', 'ff'];
    const picked = steps.flatMap((r) => steps.flatMap((g) => steps.map((b) => `#${r}${g}${b}`)));
    for (const brand of picked) {
      const colours = brandColours(brand);
      expect(contrast(colours.brand, colours.on_brand), `text on ${brand}`).to.be.at.least(4.5);
      expect(contrast(colours.ink_light, linkBackground.light), `link of ${brand}`).to.be.at.least(4.5);
      expect(contrast(colours.ink_dark, linkBackground.dark), `link of ${brand}, dark`).to.be.at.least(4.5);
    }
  });

  it('returns greys for a grey brand colour', () => {
    const { ink_light, soft_light, soft_dark } = brandColours('#777777');
    for (const grey of [ink_light, soft_light, soft_dark]) expect(grey).to.match(/^#(..)\1\1$/);
  });

  it('keeps the hue when a tint of the brand colour is outside sRGB', () => {
    expect(brandColours('#2f4bd8')).to.include({ soft_light: '#ebf1fe', soft_dark: '#192447' });
  });

  it('throws for text that is not a colour', () => {
    expect(() => brandColours('#nothex')).to.throw();
  });
});

describe('theme', () => {
  it('returns a URL that changes only with the colour', () => {
    expect(theme({ color: '#ffd400' }).href).to.match(/^\/theme\.[0-9a-f]{16}\.css$/);
    expect(theme({ color: '#FFD400' }).href).to.equal(theme({ color: '#ffd400' }).href);
    expect(theme({ color: '#ffd401' }).href).not.to.equal(theme({ color: '#ffd400' }).href);
  });

  it('returns CSS with the four custom properties that pages use', () => {
    const { css } = theme({ color: '#00205b' });
    for (const name of ['--brand:', '--on-brand:', '--brand-ink:', '--brand-soft:'])
      expect(css).to.include(name);
  });

  it('keeps the stylesheets of recent colours only, because previews ask for any', () => {
    const first = theme({ color: '#00205b' });
    expect(theme({ color: '#00205B' })).to.equal(first);
    for (let n = 0; n < 10_000; n++) theme({ color: `#ff${n.toString(16).padStart(4, '0')}` });
    expect(theme({ color: '#00205b' }))
      .to.eql(first)
      .but.not.equal(first);
  });

  it('uses the default colour for a tenant without a valid colour', () => {
    const plain = theme({}).css;
    expect(theme(null).css).to.equal(plain);
    expect(theme({ color: 'red;} body{display:none' }).css).to.equal(plain);
    expect(isColour('#12345')).to.equal(false);
  });
});
