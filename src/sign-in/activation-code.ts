import type { Request, Response } from 'express';
import type { FieldError } from '../domain/form/parse-values.ts';
import { hashPassword, verifyPassword } from '../domain/password/hash-password.ts';
import { checkPassword, passwordMinLength } from '../domain/password/password.ts';
import { termsBlocks } from '../domain/terms/terms-blocks.ts';
import { findTermsInForce } from '../domain/terms/terms-queries.ts';
import { parseEmailAddress } from '../domain/text/email-address.ts';
import {
  activateWithCode,
  activationCodeSchema,
  activationSchema,
  unusableCode,
} from '../domain/user/activate-with-code.ts';
import {
  findJustActivated,
  findUserOfCode,
  parseActivationCode,
  type UserOfCode,
} from '../domain/user/activation-code.ts';
import { parseForm, submittedNames, submittedText, withErrors } from '../http/form.ts';
import { ipPrefix, personKey, type Counter, type ReleasedCounters } from '../http/rate-limit.ts';
import { seeOther } from '../http/see-other.ts';
import { redirectOtherUser, refusedForm, type ShownForm } from './password-links.ts';
import { showRefusedLinkForm, type LinkScreen } from './request-link.ts';

/** With one code in a day. */
const MAX_ADDRESSES = 5;

export function hasActivationCode(req: Request): boolean {
  return submittedNames(req.body).includes('activation_code');
}

/** First the code alone, then the code with an email address and a password. */
export function activateByCode(screen: LinkScreen) {
  return async (req: Request, res: Response): Promise<void> => {
    const code = parseActivationCode(submittedText(req.body, 'activation_code'));
    const released = await consumeAttempt(req, code);
    await (submittedNames(req.body).includes('email')
      ? activate(req, res, code, released)
      : showSecondStep(req, res, screen, { code, released }));
  };
}

async function showSecondStep(
  req: Request,
  res: Response,
  screen: LinkScreen,
  { code, released }: { code: string | undefined; released: ReleasedCounters },
): Promise<void> {
  const parsed = parseForm(activationCodeSchema, req.body);
  const [user] = await req.readTenant((db) => [findUserOfCode(db, code ?? '')]);
  if (!parsed.ok || !user) {
    const errors = namedErrors(req, parsed.ok ? [unusableCode] : parsed.errors);
    return showRefusedLinkForm(res, screen, withErrors(req.body, { errors }));
  }
  await req.inTenant((db) => Promise.resolve(req.throttle.release(db, released)));
  await showForm(req, res, { form: withErrors(req.body, { errors: [] }) });
}

async function activate(
  req: Request,
  res: Response,
  code: string | undefined,
  released: ReleasedCounters,
): Promise<void> {
  const [user, terms] = await req.readTenant((db) => [findUserOfCode(db, code ?? ''), findTermsInForce(db)]);
  const parsed = await parseActivation(req, user, terms?.number);
  if (!user || code === undefined) {
    if (await hasJustActivated(req, code)) return showDone(req, res);
    return showRefused(req, res, parsed.ok ? [unusableCode] : withUnusableCode(parsed.errors));
  }
  if (!parsed.ok) return showRefused(req, res, parsed.errors);

  const { email, new_password, number: termsNumber } = parsed.values;
  await consumeAddress(req, user);
  const passwordHash = await hashPassword(new_password);
  const activated = await req.inTenant(async (db) => {
    const result = await activateWithCode(db, req.actor, user, { code, email, passwordHash, termsNumber });
    if (result.ok) req.throttle.release(db, released);
    return result;
  });
  if (activated.ok || (await hasJustActivated(req, code))) return showDone(req, res);
  await showRefused(req, res, activated.errors);
}

/** Before the code is looked up, so that parallel guesses count. Those of one code wait longer and longer. */
async function consumeAttempt(req: Request, code: string | undefined): Promise<ReleasedCounters> {
  const seconds = 15 * 60;
  const ofIp: Counter = { purpose: 'bad-token', ip: ipPrefix(req) };
  const ofCode: Counter = { purpose: 'activation-code', person: personKey(req.portal, code ?? '') };
  const backoff = { counter: ofCode, free: 10, seconds, maxWait: 60 };
  await req.throttle.consume({ counter: ofIp, limit: 30, seconds }, ...(code === undefined ? [] : [backoff]));
  return { reset: ofCode, refunded: ofIp };
}

/** Before the address is looked up, because the error says that another customer has it. */
function consumeAddress(req: Request, { user_id }: UserOfCode): Promise<void> {
  const counter: Counter = { purpose: 'activation-email', person: personKey(req.portal, user_id) };
  return req.throttle.consume({ counter, limit: MAX_ADDRESSES, seconds: 24 * 60 * 60 });
}

async function parseActivation(req: Request, user: UserOfCode | undefined, termsNumber: number | undefined) {
  const minimum = minimumOf(req);
  const parsed = parseForm(activationSchema({ minimum, termsNumber }), req.body);
  if (!parsed.ok) return parsed;
  const { email, new_password } = parsed.values;
  const names = { tenant: req.tenant, user: [user?.name ?? '', email], companies: [] };
  const problem = await checkPassword(new_password, minimum, names);
  return problem ? { ok: false as const, errors: [{ field: 'new_password', ...problem }] } : parsed;
}

function minimumOf(req: Request): number {
  return passwordMinLength('customer', req.tenant.password_min_length);
}

function withUnusableCode(errors: readonly FieldError[]): FieldError[] {
  const isEmpty = errors.some(({ field }) => field === unusableCode.field);
  return isEmpty ? [...errors] : [unusableCode, ...errors];
}

/** The second of two clicks, which submits the same code, address and password. */
async function hasJustActivated(req: Request, code: string | undefined): Promise<boolean> {
  const address = parseEmailAddress(submittedText(req.body, 'email'));
  if (code === undefined || !address) return false;
  const [user] = await req.readTenant((db) => [findJustActivated(db, code, address)]);
  return user !== undefined && verifyPassword(user.password_hash, submittedText(req.body, 'new_password'));
}

async function showDone(req: Request, res: Response): Promise<void> {
  if (req.user) return redirectOtherUser(req, res, submittedText(req.body, 'email'));
  await seeOther(req, res, '/account/set-password/done');
}

async function showRefused(req: Request, res: Response, errors: readonly FieldError[]): Promise<void> {
  await showForm(req, res.status(422), await refusedForm(req, namedErrors(req, errors)));
}

function namedErrors(req: Request, errors: readonly FieldError[]): FieldError[] {
  const params = { tenant: req.tenant.name };
  return errors.map((error) => ({ ...error, params: { ...params, ...error.params } }));
}

async function showForm(req: Request, res: Response, { form, changedTerms }: ShownForm): Promise<void> {
  const [terms] = await req.readTenant((db) => [findTermsInForce(db)]);
  res.page('account/activation-code', {
    title: 'Activate your account',
    is_bare: true,
    form,
    minimum: minimumOf(req),
    terms_number: terms?.number ?? null,
    terms_blocks: termsBlocks(changedTerms?.body ?? ''),
  });
}
