/** A colour in OKLCH: lightness 0 to 1, chroma, hue in radians. */
interface Lch {
  lightness: number;
  chroma: number;
  hue: number;
}
type Rgb = readonly [number, number, number];

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

/** The canvases of public/app.css, on which links must be read. */
export const canvas = { light: '#ffffff', dark: '#121317' } as const;

const LEAST_RATIO = 4.5;
const STEP = 0.01;

/** All colours a tenant's pages and mails need, from its one brand colour (`#rrggbb`). */
export function brandColours(brand: string): BrandColours {
  const onBlack = contrast(brand, '#000000');
  const onWhite = contrast(brand, '#ffffff');
  const on_brand = onBlack >= onWhite ? '#000000' : '#ffffff';
  const ink_light = readableOn(brand, canvas.light, -STEP);
  const ink_dark = readableOn(brand, canvas.dark, STEP);
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

/** The contrast ratio of WCAG 2, from 1 to 21. */
export function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** The colour itself where it can be read, else the nearest lightness at which it can. */
function readableOn(colour: string, ground: string, step: number): string {
  const lch = toLch(colour);
  let readable = colour;
  for (let { lightness } = lch; contrast(readable, ground) < LEAST_RATIO;) {
    lightness += step;
    readable = fromLch({ ...lch, lightness });
  }
  return readable;
}

/** A quiet ground of the same hue. Greys stay grey. */
function tint(colour: string, lightness: number, most: number): string {
  const { chroma, hue } = toLch(colour);
  return fromLch({ lightness, chroma: Math.min(chroma / 3, most), hue });
}

function luminance(colour: string): number {
  const [red, green, blue] = toLinear(colour);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

// The matrices of OKLab are its author's: https://bottosson.github.io/posts/oklab/
function toLch(colour: string): Lch {
  const [red, green, blue] = toLinear(colour);
  const l = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue);
  const m = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue);
  const s = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue);
  const a = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s;
  const b = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s;
  const lightness = 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s;
  return { lightness, chroma: Math.hypot(a, b), hue: Math.atan2(b, a) };
}

/** What a screen cannot show loses chroma, not hue or lightness. */
function fromLch(lch: Lch): string {
  let { chroma } = lch;
  let rgb = linearOf({ ...lch, chroma });
  while (!isShown(rgb) && chroma > 0.001) {
    chroma *= 0.96;
    rgb = linearOf({ ...lch, chroma });
  }
  return `#${rgb.map(toHexByte).join('')}`;
}

function linearOf({ lightness, chroma, hue }: Lch): Rgb {
  const a = chroma * Math.cos(hue);
  const b = chroma * Math.sin(hue);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

function isShown(rgb: Rgb): boolean {
  return rgb.every((channel) => channel >= 0 && channel <= 1);
}

function toLinear(colour: string): Rgb {
  const channel = (at: number) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

function toHexByte(linear: number): string {
  const value = linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
  const byte = Math.round(Math.min(1, Math.max(0, value)) * 255);
  return byte.toString(16).padStart(2, '0');
}
