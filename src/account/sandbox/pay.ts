import { Router, type Request, type Response } from 'express';
import * as z from 'zod';
import type { RefusedValues } from '../../domain/form/parse-values.ts';
import { found } from '../../errors.ts';
import {
  confirmMethod,
  enterMethod,
  findSession,
  stateOfSession,
  type SandboxSession,
} from '../../gateways/sandbox/sessions.ts';
import {
  bankAccountSchema,
  bankMethod,
  cardMethod,
  cardSchema,
  testBankAccounts,
  testCards,
  type NewMethod,
} from '../../gateways/sandbox/test-numbers.ts';
import { emptyForm, parseForm, withErrors, type Form } from '../../http/form.ts';
import { anyone } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';

/** The hosted page of the sandbox. Its address is the only thing that it needs to know of a customer. */
export const pay = Router().param('session', idParam);

type PageRequest = Request<{ session: string }>;

/** No script runs where card numbers are typed. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

pay.get('/:session', anyone, async (req: PageRequest, res) => {
  const [session] = await req.readTenant((db) => [findSession(db, req.params.session)]);
  show(res, found(session), emptyForm);
});

pay.post('/:session/cards', anyone, async (req: PageRequest, res) => {
  const form = parseForm(cardSchema, req.body);
  await submit(req, res, form.ok ? cardMethod(form.values) : form);
});

pay.post('/:session/bank-accounts', anyone, async (req: PageRequest, res) => {
  const form = parseForm(bankAccountSchema, req.body);
  await submit(req, res, form.ok ? bankMethod(form.values) : form);
});

pay.post('/:session/confirmation', anyone, async (req: PageRequest, res) => {
  parseForm(z.object({}), req.body);
  const { session: id } = req.params;
  leave(req, res, found(await req.inTenant((db) => confirmMethod(db, id))));
});

async function submit(req: PageRequest, res: Response, method: NewMethod | RefusedValues): Promise<void> {
  const { session: id } = req.params;
  const { session, result } = await req.inTenant(async (db) => ({
    session: found(await findSession(db, id)),
    result: 'errors' in method ? method : found(await enterMethod(db, id, method)),
  }));
  if (result.ok) return leave(req, res, result);
  show(res.status(422), session, withErrors(req.body, result));
}

function leave(
  req: PageRequest,
  res: Response,
  { state, session }: { state: 'complete' | 'to_confirm' | 'expired'; session: SandboxSession },
): void {
  res.redirect(303, state === 'complete' ? session.return_url : `/sandbox/pay/${req.params.session}`);
}

function show(res: Response, session: SandboxSession, form: Form): void {
  const state = stateOfSession(session);
  const { mode, amount_cents, currency, description, return_url, cancel_url, method_types } = session;
  res.set('Content-Security-Policy', CONTENT_SECURITY_POLICY);
  if (state === 'expired') res.status(410);
  res.page('account/sandbox/pay', {
    title: mode === 'setup' ? 'Save a payment method' : 'Payment',
    layout: 'sandbox',
    form,
    session_path: `/sandbox/pay/${session.id}`,
    state: state === 'open' && session.method_id !== null ? 'to_confirm' : state,
    amount: amount_cents === null || currency === null ? null : { cents: amount_cents, currency },
    description,
    return_url,
    cancel_url,
    cards: testCards,
    bank_accounts: method_types.includes('us_bank_account') ? testBankAccounts : [],
  });
}
