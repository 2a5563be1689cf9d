import { Router, type Request } from 'express';
import { refuse, type Parsed } from '../../domain/form/parse-values.ts';
import type { CsvFormat } from '../../domain/csv/csv-format.ts';
import { detectFormat } from '../../domain/csv/detect-format.ts';
import { createImport, newImportSchema } from '../../domain/import/import-upload.ts';
import { MAX_IMPORT_BYTES } from '../../domain/import/import.ts';
import { MEGABYTE } from '../../domain/file/file-types.ts';
import { importKinds } from '../../domain/import/kinds.ts';
import { Forbidden } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { parseForm } from '../../http/form.ts';
import { createOnce } from '../../http/form-key.ts';
import { may } from '../../http/guards.ts';
import { discardUpload, storedUpload, uploadOf, type StoredUpload } from '../../http/stored-uploads.ts';
import { withErrors } from '../form-errors.ts';
import { showNewImport } from './list.ts';

export const importUploads = Router();

const upload = storedUpload({
  maxBytes: MAX_IMPORT_BYTES,
  readBytes: MAX_IMPORT_BYTES + 50 * MEGABYTE,
});

importUploads.post('/', may('imports.create'), ...upload, async (req, res) => {
  const file = uploadOf(req);
  const form = parseForm(newImportSchema, req.body);
  const read = await readUpload(req, file);
  if (!form.ok || !read.ok) {
    if (file) await discardUpload(req, file.id);
    const errors = [read, form].flatMap((each) => (each.ok ? [] : each.errors));
    return showNewImport(res.status(422), withErrors(req.body, { errors }));
  }
  const missing = importKinds[form.values.kind].permissions.find((each) => !req.actor.permissions.has(each));
  if (missing) {
    await discardUpload(req, file!.id);
    throw new Forbidden(missing);
  }
  await createOnce(
    req,
    res,
    'import',
    (db) => createImport(db, req.actor, form.values, file!, read.values),
    ({ id }) => {
      flash(req, res, '{name} was uploaded.', { params: { name: file!.name } });
      return `/imports/${id}/columns`;
    },
  );
});

async function readUpload(req: Request, file: StoredUpload | null): Promise<Parsed<CsvFormat>> {
  if (!file) return refuse({ field: 'file', code: 'required' });
  if (file.byte_count > MAX_IMPORT_BYTES) {
    const params = { max: MAX_IMPORT_BYTES / MEGABYTE };
    return refuse({ field: 'file', code: 'import_file_too_large', params });
  }
  const key = { tenantId: req.tenant.id, id: file.id };
  const detected = await detectFormat((from) => req.fileStore.open(key, { start: from }));
  return detected.ok ? { ok: true, values: detected.format } : detected;
}
