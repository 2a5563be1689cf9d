import type { DemoTenant } from './tenants.ts';

export interface DemoUnitType {
  name: string;
  /** Metres. */
  width: number;
  depth: number;
  /** Minor units. */
  price: bigint;
  deposit: bigint;
}

export interface DemoSite {
  name: string;
  address: string;
  /** The first letters of the codes of its units. */
  prefix: string;
}

export const unitTypes: readonly DemoUnitType[] = [
  { name: 'Locker', width: 1, depth: 1, price: 18_00n, deposit: 0n },
  { name: 'Small', width: 1.5, depth: 1.5, price: 42_00n, deposit: 40_00n },
  { name: 'Small with window', width: 1.5, depth: 2, price: 55_00n, deposit: 50_00n },
  { name: 'Medium', width: 2, depth: 3, price: 89_00n, deposit: 80_00n },
  { name: 'Medium, ground floor', width: 2.5, depth: 3, price: 118_50n, deposit: 100_00n },
  { name: 'Large', width: 3, depth: 5, price: 179_00n, deposit: 150_00n },
  { name: 'Container', width: 2.4, depth: 6, price: 145_00n, deposit: 150_00n },
  { name: 'Garage', width: 3, depth: 6, price: 210_00n, deposit: 200_00n },
];

export const sites: readonly DemoSite[] = [
  { name: 'Harbour Lane', prefix: 'H', address: '12 Harbour Lane\nLondon E1 0AA' },
  { name: 'Northgate', prefix: 'N', address: '4 Northgate Way\nLondon N1 0BB' },
  { name: 'Riverside Park', prefix: 'R', address: 'Unit 9, Riverside Park\nLondon SE1 0CC' },
];

export const UNITS_PER_SITE = 80;

/** Why units are blocked, by their number at every site. */
export const blockedUnits: Readonly<Record<number, string>> = {
  17: 'Roof repair',
  64: 'Door is being replaced',
};

export const agreementBody = ({ name }: Pick<DemoTenant, 'name'>) => `Storage agreement

This agreement is between ${name} and {{customer}}.

The unit

{{customer}} rents unit {{unit}} at {{site}} for {{price}}. A deposit of {{deposit}} is held until the unit is returned empty and clean.

Payment

The rent is due on the first day of each month. A late fee is charged when an invoice is not paid 14 days after it is due.

Moving out

Please tell us 14 days before your last day in the unit. Rent for the days after it is given back.
`;
