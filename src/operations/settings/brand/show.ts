import { Router, type Request, type Response } from 'express';
import { brandColours } from '../../../domain/brand/brand-colours.ts';
import { formatDraft, isSameBrand, parseDraft, storedDraft } from '../../../domain/brand/brand-draft.ts';
import { type Brand } from '../../../domain/brand/brand.ts';
import { findLogo, isLogoHash } from '../../../domain/brand/logo.ts';
import { findTenantSettings } from '../../../domain/tenant/tenant-settings.ts';
import { found } from '../../../errors.ts';
import { emptyForm, versionToRender, type Form } from '../../../http/form.ts';
import { may } from '../../../http/guards.ts';
import { logoImages } from '../../../http/render-page.ts';
import { allowFrames } from '../../../http/security-headers.ts';

export const brand = Router();

brand.get('/', may('brand.edit'), (req, res) => showBrand(req, res, emptyForm));

export async function showBrand(req: Request, res: Response, form: Form): Promise<void> {
  const query = { ...req.query, ...form.values };
  const [row, draftLogo] = await req.readTenant((db) => [
    findTenantSettings(db),
    findLogo(db, isLogoHash(query['logo']) ? query['logo'] : ''),
  ]);
  const { brand, version } = found(row);
  const stored = storedDraft(brand as Brand);
  const asked = parseDraft(query, stored);
  // The draft of a logo is removed after a day.
  const logo = asked.logo === stored.logo ? ((brand as Brand).logo ?? null) : (draftLogo ?? null);
  const draft = { ...asked, logo: logo?.hash ?? null };
  allowFrames(res);
  res.page('operations/settings/brand/show', {
    title: 'Brand',
    form,
    color: draft.color,
    logo_hash: draft.logo ?? '',
    shown_logo: logo && logoImages(logo),
    colours: brandColours(draft.color),
    is_draft: !isSameBrand(draft, stored),
    preview_query: formatDraft(draft),
    version: versionToRender(form, version),
    field_ids: { version: 'color' },
  });
}
