import { expect } from 'chai';
import request from 'supertest';
import { newId } from '../../src/database/new-id.ts';
import { webhookSecrets } from '../../src/gateways/sandbox/sandbox-account.ts';
import { SIGNATURE_HEADER, type SandboxEvent } from '../../src/gateways/sandbox/sandbox-gateway.ts';
import { signatureHeader } from '../../src/gateways/signature.ts';
import { createLog } from '../../src/log.ts';
import { changeTenant, createTenant, type TestTenant } from '../support/factories.ts';
import { createSandbox, type TestSandbox } from '../support/gateway.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { sql } from '../support/rows.ts';

const MINUTE = 60;

describe('The webhook of a payment service', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;
  let other: TestTenant;
  let sandbox: TestSandbox;
  const logged: string[] = [];

  before(async () => {
    portal = await startPortal({ log: createLog('info', { write: (line) => void logged.push(line) }) });
    tenant = await createTenant(portal);
    other = await createTenant(portal);
    sandbox = await createSandbox(portal, tenant);
  });
  after(() => portal.close());

  const now = () => Math.floor(Date.now() / 1000);
  const eventWith = (values: Partial<SandboxEvent> = {}): SandboxEvent => ({
    id: newId(),
    type: 'charge.succeeded',
    created: now(),
    livemode: false,
    reference: 'payment',
    subject: { kind: 'charge', id: newId() },
    ...values,
  });
  const signature = (body: string, seconds = now(), gatewayId = sandbox.id) =>
    signatureHeader(webhookSecrets(portal.config, gatewayId)[0]!, seconds, body);
  const post = (
    body: string,
    header: string | null = signature(body),
    { path = `/webhooks/sandbox/${sandbox.id}`, host = tenant.account } = {},
  ) => {
    const headers = { Host: host, 'Content-Type': 'application/json' };
    const sent = request(portal.server).post(path).set(headers);
    return (header === null ? sent : sent.set(SIGNATURE_HEADER, header)).send(body);
  };
  const stored = (id: string) =>
    sql(
      portal,
      'select type, object_id, state, reason, due_at is not null as is_due from gateway_events where event_id = $1',
      [id],
    );

  it('stores a signed event and responds with 200', async () => {
    const event = eventWith();
    const { status, headers } = await post(JSON.stringify(event));
    expect(status).to.equal(200);
    expect(headers).not.to.have.property('set-cookie');
    const { type, subject } = event;
    expect(await stored(event.id)).to.eql([
      { type, object_id: subject.id, state: 'received', reason: null, is_due: true },
    ]);
  });

  it('stores an event once that is sent 20 times in parallel', async () => {
    const event = eventWith();
    const body = JSON.stringify(event);
    const responses = await Promise.all(Array.from({ length: 20 }, () => post(body)));
    expect(new Set(responses.map(({ status }) => status))).to.eql(new Set([200]));
    expect(await stored(event.id)).to.have.length(1);
  });

  it('responds with 400 and stores nothing without a valid signature', async () => {
    const event = eventWith();
    const body = JSON.stringify(event);
    const refused: [string, string | null][] = [
      [body, null],
      [body, ''],
      [body, 't=now,v1=00'],
      [body, signature(`${body} `)],
      [body, signature(body, now() - 10 * MINUTE)],
      [body, signature(body, now() + 10 * MINUTE)],
      [body, signature(body, now(), newId())],
      ['', null],
    ];
    for (const [sent, header] of refused)
      expect((await post(sent, header)).status, header ?? '').to.equal(400);
    expect(await stored(event.id)).to.eql([]);
  });

  it('responds with 404 for an unknown gateway, another service and the gateway of another tenant', async () => {
    const event = eventWith();
    const body = JSON.stringify(event);
    const paths = [`/webhooks/sandbox/${newId()}`, `/webhooks/stripe/${sandbox.id}`, '/webhooks/sandbox/x'];
    for (const path of paths) expect((await post(body, undefined, { path })).status, path).to.equal(404);
    expect((await post(body, undefined, { host: other.account })).status).to.equal(404);
    expect(await stored(event.id)).to.eql([]);
  });

  it('stores an event of the other mode as ignored and logs an error', async () => {
    const event = eventWith({ livemode: true });
    logged.length = 0;
    expect((await post(JSON.stringify(event))).status).to.equal(200);
    expect(await stored(event.id)).to.deep.include.members([
      {
        type: event.type,
        object_id: event.subject.id,
        state: 'ignored',
        reason: 'The event is of live mode.',
        is_due: false,
      },
    ]);
    expect(logged.join()).to.include('"level":50').and.include(event.id);
  });

  it('refuses a body above 1 MB', async () => {
    const body = JSON.stringify(eventWith({ type: 'x'.repeat(1_100_000) }));
    expect((await post(body)).status).to.equal(413);
  });

  it('accepts events of a suspended tenant and of a former gateway', async () => {
    await changeTenant(portal, tenant, { status: 'suspended' });
    await sql(portal, 'update gateways set is_active = false where id = $1', [sandbox.id]);
    const event = eventWith();
    expect((await post(JSON.stringify(event))).status).to.equal(200);
    expect(await stored(event.id)).to.have.length(1);
    await changeTenant(portal, tenant, { status: 'active' });
    await sql(portal, 'update gateways set is_active = true where id = $1', [sandbox.id]);
  });
});
