import { Router, type Request, type Response } from 'express';
import * as z from 'zod';
import { getBilling } from '../../domain/billing/billing-settings.ts';
import { optionalLines } from '../../domain/form/fields.ts';
import { withdrawRequest } from '../../domain/request/decide-request.ts';
import { findNameRequest } from '../../domain/request/request-queries.ts';
import { requestNameChange } from '../../domain/request/send-request.ts';
import { fullName, nameShape, withNameRules } from '../../domain/user/user-name.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, withErrors, type Form } from '../../http/form.ts';
import { createOnce } from '../../http/form-key.ts';
import { signedIn } from '../../http/guards.ts';
import { seeOther } from '../../http/see-other.ts';

const nameForm = withNameRules(z.object({ ...nameShape, comment: optionalLines(1000) }), {
  isOptional: false,
});

export const profileName = Router();

profileName.get('/', signedIn, (req, res) => showName(req, res, emptyForm));

profileName.post('/', signedIn, async (req, res) => {
  const form = parseForm(nameForm, req.body);
  const refused = await createOnce(
    req,
    res,
    'name_request',
    async (db) => {
      if (!form.ok) return form;
      const { first_name, last_name, comment } = form.values;
      return requestNameChange(db, req.actor, { first_name, last_name, comment });
    },
    () => {
      flash(req, res, 'Your request was sent. We will tell you what was decided.');
      return '/account/profile/name';
    },
  );
  if (refused) await showName(req, res.status(422), withErrors(req.body, refused));
});

profileName.post('/withdrawal', signedIn, async (req, res) => {
  const { id: user_id } = req.user!;
  const result = await req.inTenant(async (db) => {
    const { id } = found(await findNameRequest(db, user_id));
    return withdrawRequest(db, req.actor, await getBilling(db), { user_id }, id);
  });
  if (!result.ok) return showName(req, res.status(422), withErrors(req.body, result));
  flash(req, res, 'Your request was withdrawn.');
  await seeOther(req, res, '/account/profile/name');
});

async function showName(req: Request, res: Response, form: Form): Promise<void> {
  const { id, first_name, last_name } = req.user!;
  const [request] = await req.readTenant((db) => [findNameRequest(db, id)]);
  res.page('account/profile/name', {
    title: 'Change your name',
    form,
    field_ids: request ? { first_name: 'request' } : {},
    first_name,
    last_name,
    request: request && {
      name: fullName(request),
      comment: request.comment,
      created_at: request.created_at,
    },
  });
}
