import { expect } from 'chai';
import { inTenant } from '../../../src/database/in-tenant.ts';
import {
  hashToken,
  mintToken,
  revokeTokens,
  tokenLifetimes,
  type TokenPurpose,
} from '../../../src/domain/token/one-time-token.ts';
import { openOutbox, type Outbox } from '../../mail/outbox.ts';

describe('mintToken', () => {
  let outbox: Outbox;
  let tenant: string;

  before(async () => {
    outbox = await openOutbox();
    tenant = await outbox.createTenant();
  });
  after(() => outbox.close());

  const mint = (user_id: string, purpose: TokenPurpose) =>
    inTenant(outbox.database, tenant, (db) =>
      mintToken(db, { user_id, purpose, sent_to: 'ada@example.com' }),
    );

  it('stores the hash of the token and not the token', async () => {
    const { id } = await outbox.createUser(tenant);
    const { token } = await mint(id, 'reset_password');
    expect(token).to.match(/^[\w-]{43}$/);
    const [stored] = await outbox.sql(
      'select t.*, t::text as everything from app.one_time_tokens t where user_id = $1',
      [id],
    );
    expect(stored!['token_hash']).to.deep.equal(hashToken(token));
    expect(stored!['everything']).to.not.include(token);
  });

  it('is undone by revokeTokens() when the transaction commits', async () => {
    const { id } = await outbox.createUser(tenant);
    await mint(id, 'reset_password');
    await inTenant(outbox.database, tenant, (db) => {
      revokeTokens(db, id);
    });
    const open = 'select 1 from app.one_time_tokens where user_id = $1 and revoked_at is null';
    expect(await outbox.sql(open, [id])).to.eql([]);
  });

  it('revokes older tokens of the same purpose and no others', async () => {
    const { id } = await outbox.createUser(tenant);
    const older = await mint(id, 'reset_password');
    const other = await mint(id, 'set_password');
    const newer = await mint(id, 'reset_password');
    const open = await outbox.sql(
      'select token_hash from app.one_time_tokens where user_id = $1 and revoked_at is null',
      [id],
    );
    expect(open).to.have.deep.members([other, newer].map(({ token_hash }) => ({ token_hash })));
    expect(older.token).to.not.equal(newer.token);
  });

  it('sets the expiry by the lifetime of the purpose', async () => {
    const { id } = await outbox.createUser(tenant);
    const hours: Record<string, number> = {};
    for (const purpose of Object.keys(tokenLifetimes) as TokenPurpose[]) {
      const { expires_at } = await mint(id, purpose);
      hours[purpose] = Math.round((expires_at.getTime() - Date.now()) / 3600_000);
    }
    expect(hours).to.deep.equal({
      invitation: 7 * 24,
      set_password: 24,
      reset_password: 1,
      verify_email: 24,
      change_email: 24,
      activation_code: 14 * 24,
    });
  });
});
