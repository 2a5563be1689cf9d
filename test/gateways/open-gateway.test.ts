import { expect } from 'chai';
import { newId } from '../../src/database/new-id.ts';
import { sealKeys } from '../../src/domain/gateway/gateway-keys.ts';
import type { GatewayRow } from '../../src/domain/gateway/gateway-queries.ts';
import { GatewayRefused } from '../../src/domain/gateway/gateway.ts';
import { openGateway } from '../../src/gateways/open-gateway.ts';
import { readSources } from '../architecture/source-files.ts';
import { StripeFake } from '../support/stripe-fake.ts';

const KEYS = ['a key that signs and decrypts'];

describe('openGateway', () => {
  let fake: StripeFake;
  before(async () => {
    fake = await StripeFake.start();
  });
  after(() => fake.close());

  const deps = (secretKeys: string[], production = false) =>
    ({ config: { secretKeys, production, stripeApiUrl: fake.url } }) as unknown as Parameters<
      typeof openGateway
    >[0];
  const row = (): GatewayRow => {
    const id = newId();
    const keys = { secretKey: fake.secretKey, webhookSecrets: [fake.webhookSecret] };
    const state = { is_active: true, version: 1, updated_at: new Date() };
    return { id, service: 'stripe', mode: 'test', ...sealKeys(KEYS, id, keys), ...state };
  };

  it('opens Stripe with the decrypted keys of the row', async () => {
    const gateway = await openGateway(deps(KEYS), newId(), row());
    expect(await gateway.readAccount()).to.eql({ name: 'Bay Storage' });
    const event = fake.account.insert('event', 'evt', {
      type: 'payout.paid',
      data: { object: { id: 'po_1' } },
    });
    fake.account.events.push(event);
    const [sent] = fake.takeEvents();
    expect(gateway.readEvent(sent!.body, sent!.headers, Date.now()).id).to.equal(event.id);
  });

  it('refuses keys that were encrypted with another of SECRET_KEYS or for another gateway', async () => {
    const refused = [
      openGateway(deps(['another key of the portal']), newId(), row()),
      openGateway(deps(KEYS), newId(), { ...row(), id: newId() }),
    ];
    for (const opened of refused)
      expect(await opened.catch((error: unknown) => error))
        .to.be.instanceOf(GatewayRefused)
        .with.property('code', 'keys_unreadable');
  });

  it('refuses the sandbox in production', async () => {
    const sandbox = { ...row(), service: 'sandbox' as const };
    const error = await openGateway(deps(KEYS, true), newId(), sandbox).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(GatewayRefused).with.property('code', 'sandbox_in_production');
  });

  it('loads the SDK of Stripe on demand only: no other module imports it or the adapter', () => {
    const outside = readSources('src', '.ts').filter(({ file }) => !file.startsWith('src/gateways/stripe/'));
    const importing = outside.filter(({ text }) =>
      /^(import|export)\b[^;]*from '(stripe|[^']*\/stripe\/[^']*)'/m.test(text),
    );
    expect(importing.map(({ file }) => file)).to.eql([]);
    expect(outside.filter(({ text }) => text.includes("import('./stripe/")).map(({ file }) => file)).to.eql([
      'src/gateways/open-gateway.ts',
    ]);
  });
});
