import { randomUUID } from 'node:crypto';
import { signatureHeader } from '../../../src/gateways/signature.ts';
import { StripeGateway } from '../../../src/gateways/stripe/stripe-gateway.ts';
import { StripeFake } from '../../support/stripe-fake.ts';
import { FAKE_BANK_ACCOUNTS, FAKE_CARDS } from '../../support/stripe-objects.ts';
import { describeGateway, type GatewayHarness } from '../gateway-contract.ts';

const FORMER_SECRET = 'whsec_TheSecretThatIsReplaced';

describeGateway('stripe, on a local fake of its API', openStripe);

async function openStripe(): Promise<GatewayHarness> {
  const fake = await StripeFake.start();
  const secrets = { current: fake.webhookSecret, former: FORMER_SECRET, unknown: 'whsec_OfAnotherAccount' };
  const gateway = new StripeGateway({
    mode: 'test',
    secretKey: fake.secretKey,
    webhookSecrets: [secrets.current, secrets.former],
    apiUrl: fake.url,
  });
  const subjectId = `pi_${randomUUID()}`;
  const event = {
    id: `evt_${randomUUID()}`,
    type: 'payment_intent.succeeded',
    created: Math.floor(Date.now() / 1000),
    livemode: false,
    data: { object: { id: subjectId, object: 'payment_intent' } },
  };
  return {
    gateway,
    cards: FAKE_CARDS,
    bankAccounts: FAKE_BANK_ACCOUNTS,
    completePage: async ({ sessionId }, number) => fake.account.complete(sessionId, number),
    failNext: async (call, fault) => fake.failNext(call, fault === 'cut' ? 'cut-before' : fault),
    settle: async () => fake.account.settle(),
    countCharges: async () => fake.account.list('payment_intent').length,
    event: { body: Buffer.from(JSON.stringify(event)), id: event.id, subjectId },
    signed: (body, at, secret = 'current') => ({
      'stripe-signature': signatureHeader(secrets[secret], Math.floor(at.getTime() / 1000), body),
    }),
    close: () => fake.close(),
  };
}
