import { Router, type Request, type Response } from 'express';
import * as z from 'zod';
import { lockOwnAccount } from '../../domain/billing-account/billing-account.ts';
import { getBilling } from '../../domain/billing/billing-settings.ts';
import { line } from '../../domain/form/fields.ts';
import { turnOffAutopay, turnOnAutopay } from '../../domain/payment-method/autopay.ts';
import { BadRequest } from '../../errors.ts';
import { contextPath, ownerOf } from '../../http/customer-context.ts';
import { flash } from '../../http/flash.ts';
import { parseForm } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { seeOther } from '../../http/see-other.ts';
import { errorTexts } from '../../locales/error-texts.ts';

export const autopay = Router({ mergeParams: true });

const currencySchema = z.object({ currency: line(3) });

autopay.post('/activation', may('payment_details.edit'), async (req, res) => {
  const result = await req.inTenant(async (db) => {
    const account = await lockOwnAccount(db, ownerOf(req), currencyIn(req));
    return turnOnAutopay(db, req.actor, await getBilling(db), account);
  });
  if (result.ok) flash(req, res, 'Autopay is on. Your invoices are paid when they are due.');
  else flash(req, res, errorTexts.account.no_default_method, { kind: 'bad' });
  await backToBilling(req, res);
});

autopay.post('/deactivation', may('payment_details.edit'), async (req, res) => {
  await req.inTenant(async (db) => {
    const account = await lockOwnAccount(db, ownerOf(req), currencyIn(req));
    return turnOffAutopay(db, req.actor, await getBilling(db), account);
  });
  flash(req, res, 'Autopay is off. Pay your invoices yourself from now on.');
  await backToBilling(req, res);
});

function currencyIn({ body }: Request): string {
  const form = parseForm(currencySchema, body);
  if (!form.ok) throw new BadRequest('The form has no currency');
  return form.values.currency;
}

function backToBilling(req: Request, res: Response): Promise<void> {
  return seeOther(req, res, `${contextPath(req)}/billing#payment-details`);
}
