import { expect } from 'chai';
import { customerColumn, permittedColumns, tableOf, type Column } from '../../src/operations/list-columns.ts';
import { csvColumns } from '../../src/operations/list-csv.ts';

interface Payment {
  id: string;
  day: string | null;
  cents: bigint;
  states: string[];
  customer: { name: string; href: string; permission: string };
  at: Date | null;
}

const columns: readonly Column<Payment>[] = [
  { name: 'day', heading: 'Day', kind: 'date', cell: ({ day }) => ({ value: day }) },
  customerColumn(({ customer }) => customer),
  {
    name: 'amount',
    heading: 'Amount',
    kind: 'money',
    permission: 'invoices.view',
    cell: ({ cents }) => ({ value: cents, currency: 'EUR' }),
    csv: (shown) => [{ heading: 'Currency', value: () => 'EUR' }, shown],
  },
  { name: 'state', heading: 'State', cell: ({ states }) => ({ badges: states.map(badge) }) },
  { name: 'at', heading: 'Paid', kind: 'time', is_day: true, cell: ({ at }) => ({ value: at }) },
  { name: 'open', heading: 'Open', cell: () => ({ label: 'more details', href: '/x' }), csv: () => [] },
];

const badge = (text: string) => ({ text, tone: 'plain' as const });

const payment: Payment = {
  id: '1',
  day: null,
  cents: -1050n,
  states: ['Failed', 'Overdue'],
  customer: { name: 'Acme', href: '/customers/companies/1', permission: 'companies.view' },
  at: new Date('2026-10-01T22:30:05.999Z'),
};

const contextWith = (...permissions: string[]) => ({
  can: (permission: string) => permissions.includes(permission),
  userId: '1',
  currency: 'USD',
  secretKeys: [],
});

describe('The columns of a list', () => {
  it('are those of the file, each with the value of its cell', () => {
    const file = csvColumns(columns, 'Europe/Berlin');
    const headings = ['Day', 'Customer', 'Currency', 'Amount', 'State', 'Paid (Europe/Berlin)'];
    expect(file.map(({ heading }) => heading)).to.eql(headings);
    const values = file.map(({ value }) => value(payment, contextWith()));
    const decimal = '-10.50';
    expect(values).to.eql([null, 'Acme', 'EUR', { decimal }, 'Failed, Overdue', '2026-10-02 00:30:05']);
  });

  it('have times of the file in the time zone that their heading names', () => {
    const textIn = (time_zone: string, at: Date | null) =>
      csvColumns(columns, time_zone)
        .at(-1)!
        .value({ ...payment, at }, contextWith());
    expect(textIn('UTC', payment.at)).to.equal('2026-10-01 22:30:05');
    expect(textIn('Asia/Kathmandu', payment.at)).to.equal('2026-10-02 04:15:05');
    expect(textIn('UTC', null)).to.equal(null);
  });

  it('are left out without their permission', () => {
    const names = (...permissions: string[]) =>
      permittedColumns(columns, contextWith(...permissions)).map(({ name }) => name);
    expect(names()).to.eql(['day', 'customer', 'state', 'at', 'open']);
    expect(names('invoices.view')).to.include('amount');
  });

  it('link to the customer only with the permission to see them', () => {
    const customerOf = (...permissions: string[]) =>
      tableOf(columns, [payment], contextWith(...permissions)).rows[0]![1];
    expect(customerOf()).to.eql({ value: 'Acme', href: null });
    expect(customerOf('companies.view')).to.eql({ value: 'Acme', href: '/customers/companies/1' });
  });
});
