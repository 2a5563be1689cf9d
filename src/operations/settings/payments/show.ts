import { Router, type Request, type Response } from 'express';
import { checkNewKey } from '../../../domain/gateway/check-new-key.ts';
import { readKeys } from '../../../domain/gateway/gateway-keys.ts';
import {
  findActiveGateway,
  readSettingsVersion,
  readUsableMethods,
  type GatewayRow,
} from '../../../domain/gateway/gateway-queries.ts';
import {
  gatewaySettingsSchema,
  removeFormerSecret,
  saveGateway,
} from '../../../domain/gateway/gateway-settings.ts';
import { found } from '../../../errors.ts';
import { flash } from '../../../http/flash.ts';
import { emptyForm, parseForm, versionToRender, type Form } from '../../../http/form.ts';
import { may } from '../../../http/guards.ts';
import { seeOther } from '../../../http/see-other.ts';
import { withErrors } from '../../form-errors.ts';
import { testConnection } from './connection.ts';

export const gatewaySettings = Router();

const PAGE = '/settings/payments';

export const serviceLabels: Record<GatewayRow['service'], string> = { stripe: 'Stripe', sandbox: 'Sandbox' };

gatewaySettings.get('/', may('gateways.edit'), (req, res) => showSettings(req, res, emptyForm));

gatewaySettings.post('/', may('gateways.edit'), async (req, res) => {
  const form = parseForm(gatewaySettingsSchema, req.body);
  const { production } = req.chargeDeps.config;
  const { secretKeys } = req;
  const key = form.ok && form.values.service === 'stripe' ? form.values.secret_key : null;
  const new_key =
    key === null ? undefined : await checkNewKey(req.chargeDeps, req.tenant.id, secretKeys, key);
  const context = { secretKeys, production, new_key };
  const result = form.ok
    ? await req.inTenant((db) => saveGateway(db, req.actor, context, form.values))
    : form;
  if (!result.ok) return showSettings(req, res.status(422), withErrors(req.body, result));
  const { service, stopped } = result;
  if (service === 'none') flash(req, res, 'No payment service is used now.');
  else flash(req, res, '{service} is the payment service.', { params: { service: serviceLabels[service] } });
  if (stopped > 0)
    flash(
      req,
      res,
      {
        one: '{count} payment method of a customer cannot be used any longer.',
        other: '{count} payment methods of customers cannot be used any longer.',
      },
      { kind: 'warn', params: { count: stopped } },
    );
  await seeOther(req, res, PAGE);
});

// The gateway is called between two transactions.
gatewaySettings.post('/connection', may('gateways.edit'), async (req, res) => {
  const [gateway] = await req.readTenant((db) => [findActiveGateway(db)]);
  const { kind, text, params } = await testConnection(req.chargeDeps, req.tenant.id, found(gateway));
  flash(req, res, text, { kind, ...(params && { params }) });
  await seeOther(req, res, PAGE);
});

gatewaySettings.post('/former-secret/removal', may('gateways.edit'), async (req, res) => {
  await req.inTenant((db) => removeFormerSecret(db, req.actor, req));
  flash(req, res, 'The former webhook signing secret was removed.');
  await seeOther(req, res, PAGE);
});

async function showSettings(req: Request, res: Response, form: Form): Promise<void> {
  const [gateway, version, methods] = await req.readTenant((db) => [
    findActiveGateway(db),
    readSettingsVersion(db),
    readUsableMethods(db),
  ]);
  res.page('operations/settings/payments/show', {
    title: 'Payments',
    form,
    version: versionToRender(form, version),
    ...storedLocals(req, gateway),
    methods,
    offers_sandbox: !req.chargeDeps.config.production,
    is_stale: 'version' in form.errors,
    field_ids: { version: 'stored' },
  });
}

/** Of secrets only their last characters. */
function storedLocals(req: Request, gateway: GatewayRow | undefined) {
  const keys = gateway && readKeys(req.secretKeys, gateway);
  const isStripe = gateway?.service === 'stripe';
  return {
    service: gateway?.service ?? 'none',
    service_label: gateway ? serviceLabels[gateway.service] : null,
    is_test: gateway?.mode === 'test',
    is_stripe: isStripe,
    are_keys_lost: isStripe && keys?.secretKey === undefined,
    key_ending: keys?.secretKey?.slice(-4) ?? null,
    secret_endings: keys?.webhookSecrets.map((secret) => secret.slice(-4)) ?? [],
    webhook_address: isStripe ? `${req.tenant.portal_origin}/webhooks/stripe/${gateway.id}` : null,
  };
}
