import { createHash } from 'node:crypto';
import { brandColours, type BrandColours } from './brand-colours.ts';

export interface Theme {
  colours: BrandColours;
  css: string;
  hash: string;
  href: string;
}

export const DEFAULT_COLOUR = '#2f4bd8';
const themes = new Map<string, Theme>();

/** The URL contains a hash of the stylesheet, so browsers may cache it without expiry. */
export function theme(brand: { color?: string } | null): Theme {
  const color = isColour(brand?.color) ? brand.color.toLowerCase() : DEFAULT_COLOUR;
  const cached = themes.get(color) ?? makeTheme(color);
  themes.set(color, cached);
  return cached;
}

/** Prevents CSS injection: other text must not reach a stylesheet. */
export function isColour(text: unknown): text is string {
  return typeof text === 'string' && /^#[0-9a-f]{6}$/i.test(text);
}

function makeTheme(color: string): Theme {
  const colours = brandColours(color);
  const css = themeCss(colours);
  const hash = createHash('sha256').update(css).digest('hex').slice(0, 16);
  return { colours, css, hash, href: `/theme.${hash}.css` };
}

function themeCss({ brand, on_brand, ink_light, ink_dark, soft_light, soft_dark }: BrandColours): string {
  return `@layer tokens {
  :root {
    --brand: ${brand};
    --on-brand: ${on_brand};
    --brand-ink: light-dark(${ink_light}, ${ink_dark});
    --brand-soft: light-dark(${soft_light}, ${soft_dark});
  }
}
`;
}
