import { Router, type Request } from 'express';
import { showAccessCode } from '../../domain/unit/access-code.ts';
import { setFlashData } from '../../http/flash.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';

export const unitAccessCode = Router().param('id', idParam);

/** The next page shows it. Encrypted, because sessions must not contain secrets. */
unitAccessCode.post(
  '/:id/access-code',
  may('access_codes.view'),
  async (req: Request<{ id: string }>, res) => {
    const { id } = req.params;
    const sealed = await req.inTenant((db) => showAccessCode(db, req.actor, id));
    setFlashData(req, `/units/${id}`, sealed.toString('base64url'));
    await seeOther(req, res, `/units/${id}`);
  },
);
