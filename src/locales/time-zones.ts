import { setImmediate } from 'node:timers/promises';

/** The current names by the former names that Intl lists. */
const RENAMED: Readonly<Record<string, string>> = {
  'Africa/Asmera': 'Africa/Asmara',
  'America/Buenos_Aires': 'America/Argentina/Buenos_Aires',
  'America/Catamarca': 'America/Argentina/Catamarca',
  'America/Coral_Harbour': 'America/Atikokan',
  'America/Cordoba': 'America/Argentina/Cordoba',
  'America/Godthab': 'America/Nuuk',
  'America/Indianapolis': 'America/Indiana/Indianapolis',
  'America/Jujuy': 'America/Argentina/Jujuy',
  'America/Louisville': 'America/Kentucky/Louisville',
  'America/Mendoza': 'America/Argentina/Mendoza',
  'Asia/Calcutta': 'Asia/Kolkata',
  'Asia/Katmandu': 'Asia/Kathmandu',
  'Asia/Rangoon': 'Asia/Yangon',
  'Asia/Saigon': 'Asia/Ho_Chi_Minh',
  'Atlantic/Faeroe': 'Atlantic/Faroe',
  'Europe/Kiev': 'Europe/Kyiv',
  'Pacific/Enderbury': 'Pacific/Kanton',
  'Pacific/Ponape': 'Pacific/Pohnpei',
  'Pacific/Truk': 'Pacific/Chuuk',
};

/** The current names, sorted. */
export const timeZones: readonly string[] = [
  ...new Set(['UTC', ...Intl.supportedValuesOf('timeZone').map((name) => RENAMED[name] ?? name)]),
].sort();

/** Returns the current name for any name of the time zone, in any case; undefined for an unknown one. */
export function canonicalTimeZone(name: string): string | undefined {
  // Intl also accepts offsets like +02:00, which have no daylight saving time.
  if (!/^[A-Za-z][\w+-]*(\/[\w+-]+)*$/.test(name)) return undefined;
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions();
    return RENAMED[timeZone] ?? timeZone;
  } catch {
    return undefined;
  }
}

/** Like `Asia/Kolkata (UTC+05:30)`. */
export function timeZoneLabel(timeZone: string, at = new Date()): string {
  const parts = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).formatToParts(at);
  const offset = parts.find(({ type }) => type === 'timeZoneName')!.value.replace('GMT', 'UTC');
  const name = timeZone.replaceAll('_', ' ');
  return name === 'UTC' ? name : `${name} (${offset})`;
}

export interface TimeZoneOption {
  value: string;
  label: string;
}

let options: { day: string; labelled: Promise<TimeZoneOption[]> } | undefined;

/** Made once a day, because the offsets change with daylight saving time and take a tenth of a second of the CPU. */
export function timeZoneOptions(at = new Date()): Promise<TimeZoneOption[]> {
  const day = at.toISOString().slice(0, 10);
  if (options?.day !== day) options = { day, labelled: labelTimeZones(at) };
  return options.labelled;
}

async function labelTimeZones(at: Date): Promise<TimeZoneOption[]> {
  const labelled: TimeZoneOption[] = [];
  for (const [n, value] of timeZones.entries()) {
    // Lets other requests run.
    if (n % 20 === 0) await setImmediate();
    labelled.push({ value, label: timeZoneLabel(value, at) });
  }
  return labelled;
}
