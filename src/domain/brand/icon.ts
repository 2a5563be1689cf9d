import type { Tenant } from '../tenant/tenant.ts';
import { logoPath } from './logo.ts';

/** The path of the favicon: the logo, or the first letter of the name in the colours of the tenant. */
export function iconHref({ name, logo, theme }: Pick<Tenant, 'name' | 'logo' | 'theme'>): string {
  if (logo) return logoPath(logo, 'icon');
  const [letter = ''] = name.trim();
  const { brand, on_brand } = theme.colours;
  return svgHref(
    `<rect width='24' height='24' rx='6' fill='${brand}'/><text x='12' y='17' text-anchor='middle' ` +
      `font-family='sans-serif' font-size='14' font-weight='700' fill='${on_brand}'>${escapeXml(letter)}</text>`,
  );
}

/** An arch, for pages without a tenant. */
export const platformIcon = svgHref(
  `<rect width='24' height='24' rx='6' fill='#4655a8'/>` +
    `<path d='M6 19v-7a6 6 0 0 1 12 0v7h-3.5v-7a2.5 2.5 0 0 0-5 0v7z' fill='#fff'/>`,
);

/** Short, because every page contains it, and without characters that HTML escapes. */
function svgHref(content: string): string {
  const svg = `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'>${content}</svg>`;
  return `data:image/svg+xml,${encodeURI(svg).replaceAll('#', '%23').replaceAll("'", '%27')}`;
}

function escapeXml(text: string): string {
  return text.replace(/[<>&]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
