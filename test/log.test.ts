import { expect } from 'chai';
import { createLog } from '../src/log.ts';

describe('The log', () => {
  it('contains the error without the row that PostgreSQL quotes', () => {
    const lines: string[] = [];
    const log = createLog('info', { write: (line) => void lines.push(line) });
    const refused = Object.assign(new Error('null value in column "name" violates not-null constraint'), {
      code: '23502',
      table: 'users',
      detail: 'Failing row contains (1, ada@example.com, $argon2id$…).',
      where: 'unnamed portal parameter $1 = ada@example.com',
    });

    log.error({ err: refused }, 'request failed');

    const { err, msg } = JSON.parse(lines[0]!) as { err: Record<string, unknown>; msg: string };
    expect(msg).to.equal('request failed');
    expect(err).to.include({ code: '23502', table: 'users', message: refused.message });
    expect(lines[0]).not.to.contain('ada@example.com');
  });
});
