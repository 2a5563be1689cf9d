import type { Knex } from 'knex';

const BATCH_SIZE = 1_000;

interface Company {
  tenant_id: string;
  id: string;
  code: string;
}

/** Codes in other letters than ASCII: for the others both ways return the same. */
async function renormalise(knex: Knex, normalise: (code: string) => string): Promise<void> {
  let last = {
    tenant_id: '00000000-0000-0000-0000-000000000000',
    id: '00000000-0000-0000-0000-000000000000',
  };
  for (;;) {
    const { rows } = await knex.raw<{ rows: Company[] }>(
      `select tenant_id, id, code from app.companies
       where (tenant_id, id) > (?, ?) and code ~ '[^\\x01-\\x7f]' order by tenant_id, id limit ?`,
      [last.tenant_id, last.id, BATCH_SIZE],
    );
    for (const { tenant_id, id, code } of rows)
      await knex.raw('update app.companies set code_norm = ? where tenant_id = ? and id = ?', [
        normalise(code),
        tenant_id,
        id,
      ]);
    if (rows.length < BATCH_SIZE) return;
    last = rows.at(-1)!;
  }
}

export async function up(knex: Knex): Promise<void> {
  await renormalise(knex, (code) => code.normalize('NFKC').toLowerCase().normalize('NFKC'));
}

/** Fails when codes differ only by accents. */
export async function down(knex: Knex): Promise<void> {
  await renormalise(knex, (code) =>
    code.normalize('NFKD').replace(/\p{M}/gu, '').normalize('NFKC').toLowerCase(),
  );
}
