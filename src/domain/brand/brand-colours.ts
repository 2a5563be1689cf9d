// The bundled file loads in a third of the time of culori/fn, which is more than 200 modules.
import culori, { type Oklch } from 'culori/require';

export interface BrandColours {
  brand: string;
  on_brand: '#000000' | '#ffffff';
  ink_light: string;
  ink_dark: string;
  soft_light: string;
  soft_dark: string;
  /** WCAG contrast: text on the brand, links on the light and on the dark canvas. */
  ratios: { on_brand: number; ink_light: number; ink_dark: number };
}

/** The canvases of public/app.css, on which links must be readable. */
export const canvas = { light: '#ffffff', dark: '#121317' } as const;

const MIN_CONTRAST = 4.5;
const LIGHTNESS_STEP = 0.01;
const toOklch = culori.converter('oklch');

/** All colours that a tenant's pages and mails need, from its one brand colour (`#rrggbb`). */
export function brandColours(brand: string): BrandColours {
  const onBlack = contrast(brand, '#000000');
  const onWhite = contrast(brand, '#ffffff');
  const on_brand = onBlack >= onWhite ? '#000000' : '#ffffff';
  const ink_light = readableOn(brand, canvas.light, -LIGHTNESS_STEP);
  const ink_dark = readableOn(brand, canvas.dark, LIGHTNESS_STEP);
  return {
    brand,
    on_brand,
    ink_light,
    ink_dark,
    soft_light: tint(brand, 0.957, 0.022),
    soft_dark: tint(brand, 0.272, 0.067),
    ratios: {
      on_brand: Math.max(onBlack, onWhite),
      ink_light: contrast(ink_light, canvas.light),
      ink_dark: contrast(ink_dark, canvas.dark),
    },
  };
}

/** The contrast ratio of WCAG 2, from 1 to 21, of two colours `#rrggbb`. */
export function contrast(one: string, other: string): number {
  return culori.wcagContrast(one, other);
}

/** The colour itself if it is readable, else the nearest lightness that is. */
function readableOn(colour: string, background: string, step: number): string {
  const oklch = parse(colour);
  let readable = colour;
  for (let lightness = oklch.l; contrast(readable, background) < MIN_CONTRAST;) {
    lightness += step;
    readable = toHex({ ...oklch, l: lightness });
  }
  return readable;
}

/** A pale or dark background of the same hue. Greys stay grey. */
function tint(colour: string, lightness: number, maxChroma: number): string {
  const oklch = parse(colour);
  return toHex({ ...oklch, l: lightness, c: Math.min(oklch.c / 3, maxChroma) });
}

function parse(colour: string): Oklch {
  const oklch = toOklch(colour);
  if (!oklch) throw new Error(`${colour} is not a colour`);
  return oklch;
}

/** Reduces the chroma, not the hue or the lightness, of a colour outside sRGB. */
function toHex(colour: Oklch): string {
  const shown = { ...colour };
  while (!culori.displayable(shown) && shown.c > 0.001) shown.c *= 0.96;
  return culori.formatHex(shown);
}
