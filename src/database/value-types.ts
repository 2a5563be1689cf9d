import pg from 'pg';

const { INT8, DATE } = pg.types.builtins;

/** Amounts stay exact, and a civil date has no time zone. The other types are those of `pg`. */
export const valueTypes: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) => {
    if (oid === INT8 && format !== 'binary') return BigInt;
    if (oid === DATE && format !== 'binary') return (text: string) => text;
    return pg.types.getTypeParser(oid, format) as (value: string) => unknown;
  },
};
