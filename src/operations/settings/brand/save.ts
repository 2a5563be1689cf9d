import { Router, type Request } from 'express';
import { formatDraft } from '../../../domain/brand/brand-draft.ts';
import { brandFormSchema, updateBrand } from '../../../domain/brand/brand.ts';
import { insertLogo, type LogoImages } from '../../../domain/brand/logo.ts';
import { MAX_LOGO_BYTES, readLogo } from '../../../domain/brand/read-logo.ts';
import { refuse, type Parsed } from '../../../domain/form/parse-values.ts';
import { flash } from '../../../http/flash.ts';
import { parseForm } from '../../../http/form.ts';
import { may } from '../../../http/guards.ts';
import { multipart } from '../../../http/multipart.ts';
import { seeOther } from '../../../http/see-other.ts';
import { withErrors } from '../../form-errors.ts';
import { showBrand } from './show.ts';

const PAGE = '/settings/brand';

export const brandUploads = Router();

// A file that is a little too large gets an error in the form instead of an error page.
const upload = multipart({ name: 'logo_file', maxFiles: 1, maxBytes: 4 * MAX_LOGO_BYTES });

brandUploads.post('/', may('brand.edit'), ...upload, async (req, res) => {
  const logo = await readUpload(req);
  // Stored also when the form is refused, because a browser does not keep the chosen file.
  const images = logo.ok ? logo.values : null;
  if (images) await req.inTenant((db) => insertLogo(db, images));
  const uploaded = images && { logo: images.hash, remove_logo: '' };
  const { theme, logo: storedLogo } = req.tenant;
  const stored = { color: theme.colours.brand, logo: storedLogo?.hash ?? null };
  const form = parseForm(brandFormSchema, { ...req.body, ...uploaded }, { stored });
  if (!form.ok || !logo.ok) {
    const errors = [form, logo].flatMap((each) => (each.ok ? [] : each.errors));
    return showBrand(req, res.status(422), withErrors({ ...req.body, ...uploaded }, { errors }));
  }
  const { action, version, color, logo: hash, remove_logo } = form.values;
  const draft = { color, logo: remove_logo ? null : hash };
  if (action === 'preview') return seeOther(req, res, `${PAGE}?${formatDraft(draft)}`);

  const result = await req.inTenant((db) => updateBrand(db, req.actor, { ...draft, version }));
  if (!result.ok) return showBrand(req, res.status(422), withErrors({ ...req.body, ...uploaded }, result));

  req.forgetTenant();
  flash(req, res, 'Your changes have been saved.');
  await seeOther(req, res, PAGE);
});

/** Null without a file. */
async function readUpload({ files }: Request): Promise<Parsed<LogoImages | null>> {
  const [file] = (files ?? []) as Express.Multer.File[];
  if (!file) return { ok: true, values: null };
  if (file.size > MAX_LOGO_BYTES) return refuse({ field: 'logo_file', code: 'logo_file_too_large' });
  return readLogo(file.buffer);
}
