/** The parameter of one end of the range `name`. The code of a custom field may end with `_from`. */
export function endName(name: string, end: 'from' | 'to'): string {
  return `${name}${name.includes('.') ? '.' : '_'}${end}`;
}
