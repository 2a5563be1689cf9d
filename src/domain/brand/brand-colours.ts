// The bundled file loads in a third of the time of culori/fn, which is more than 200 modules.
import culori, { type Oklch } from 'culori/require';

export interface BrandColours {
  brand: string;
  on_brand: '#000000' | '#ffffff';
  ink_light: string;
  ink_dark: string;
  soft_light: string;
  soft_dark: string;
  /** WCAG contrast ratios: of text on the brand colour, and of links on each canvas. */
  ratios: { on_brand: number; ink_light: number; ink_dark: number };
}

/** The canvases of public/app.css. */
const canvas = { light: '#ffffff', dark: '#121317' } as const;
/** The backgrounds of public/app.css on which links have the least contrast: the desk, and in dark mode menus. */
export const linkBackground = { light: '#f4f5f7', dark: '#1f2127' } as const;

const MIN_CONTRAST = 4.5;
const LIGHTNESS_STEP = 0.01;
const toOklch = culori.converter('oklch');

/** @param brand `#rrggbb` */
export function brandColours(brand: string): BrandColours {
  const onBlack = contrast(brand, '#000000');
  const onWhite = contrast(brand, '#ffffff');
  const on_brand = onBlack >= onWhite ? '#000000' : '#ffffff';
  const ink_light = readableOn(brand, linkBackground.light, -LIGHTNESS_STEP);
  const ink_dark = readableOn(brand, linkBackground.dark, LIGHTNESS_STEP);
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

/** The WCAG 2 contrast ratio, from 1 to 21. */
export function contrast(one: string, other: string): number {
  return culori.wcagContrast(one, other);
}

/** Changes only the lightness, and no more than needed. */
function readableOn(colour: string, background: string, step: number): string {
  const oklch = parse(colour);
  let readable = colour;
  for (let lightness = oklch.l; contrast(readable, background) < MIN_CONTRAST;) {
    lightness += step;
    readable = toHex({ ...oklch, l: lightness });
  }
  return readable;
}

function tint(colour: string, lightness: number, maxChroma: number): string {
  const oklch = parse(colour);
  return toHex({ ...oklch, l: lightness, c: Math.min(oklch.c / 3, maxChroma) });
}

function parse(colour: string): Oklch {
  const oklch = toOklch(colour);
  if (!oklch) throw new Error(`${colour} is not a colour`);
  return oklch;
}

/** Reduces only the chroma of a colour outside sRGB, to keep its hue and lightness. */
function toHex(colour: Oklch): string {
  const shown = { ...colour };
  while (!culori.displayable(shown) && shown.c > 0.001) shown.c *= 0.96;
  return culori.formatHex(shown);
}
