import { newId } from '../../../src/database/new-id.ts';
import { webhookSecrets } from '../../../src/gateways/sandbox/sandbox-account.ts';
import { SIGNATURE_HEADER, type SandboxEvent } from '../../../src/gateways/sandbox/sandbox-gateway.ts';
import { signatureHeader } from '../../../src/gateways/signature.ts';
import { createTenant } from '../../support/factories.ts';
import { BANK_ACCOUNTS, CARDS, createSandbox } from '../../support/gateway.ts';
import { startPortal } from '../../support/portal.ts';
import { describeGateway, type GatewayHarness } from '../gateway-contract.ts';

const KEYS = ['the current secret key of the tests', 'the former secret key of the tests'];

describeGateway('sandbox', openSandbox);

async function openSandbox(): Promise<GatewayHarness> {
  const portal = await startPortal({ env: { SECRET_KEYS: KEYS.join() } });
  const sandbox = await createSandbox(portal, await createTenant(portal));
  const secretsOf = (key: string) => webhookSecrets({ secretKeys: [key] }, sandbox.id);
  const secrets = {
    current: secretsOf(KEYS[0]!)[0]!,
    former: secretsOf(KEYS[1]!)[0]!,
    unknown: secretsOf('a secret key of another portal')[0]!,
  };
  const event: SandboxEvent = {
    id: newId(),
    type: 'charge.succeeded',
    created: Math.floor(Date.now() / 1000),
    livemode: false,
    reference: null,
    subject: { kind: 'charge', id: newId() },
  };
  return {
    gateway: sandbox.gateway,
    cards: CARDS,
    bankAccounts: BANK_ACCOUNTS,
    completePage: (page, number) => sandbox.complete(page, number),
    failNext: (call, fault) => sandbox.next(call, fault),
    settle: () => sandbox.settle(),
    countCharges: async () => {
      const { rows } = await portal.owner.query<{ count: number }>(
        'select count(*)::int as count from sandbox_charges',
      );
      return rows[0]!.count;
    },
    event: { body: Buffer.from(JSON.stringify(event)), id: event.id, subjectId: event.subject.id },
    signed: (body, at, secret = 'current') => ({
      [SIGNATURE_HEADER]: signatureHeader(secrets[secret], Math.floor(at.getTime() / 1000), body),
    }),
    close: () => portal.close(),
  };
}
