import { colour, type Brand } from './brand.ts';
import { isLogoHash } from './logo.ts';
import { DEFAULT_COLOUR } from './theme-css.ts';

/** A brand that is shown before it is saved, in the query of a URL. */
export interface BrandDraft {
  color: string;
  /** The hash of a logo; null for none. */
  logo: string | null;
}

export function storedDraft({ color = DEFAULT_COLOUR, logo }: Brand): BrandDraft {
  return { color, logo: logo?.hash ?? null };
}

/** Absent and invalid parameters are those of the stored brand. */
export function parseDraft(query: Record<string, unknown>, stored: BrandDraft): BrandDraft {
  const color = colour().safeParse(query['color']);
  const logo = query['logo'];
  const isKnown = logo === '' || isLogoHash(logo);
  return { color: color.data ?? stored.color, logo: isKnown ? logo || null : stored.logo };
}

export function formatDraft({ color, logo }: BrandDraft): string {
  return new URLSearchParams({ color, logo: logo ?? '' }).toString();
}

export function isSameBrand(one: BrandDraft, other: BrandDraft): boolean {
  return one.color === other.color && one.logo === other.logo;
}
