// Numbers and moments as text. Every figure gets the same number of digits each time it is shown,
// so that a column lines up and a live page does not move.

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

export const minus = '\u2212';

export function count(value: number): string {
  return whole.format(value).replace('-', minus);
}

export function fixed(value: number, digits: number): string {
  const text = new Intl.NumberFormat('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return text.format(value).replace('-', minus);
}

// Downwards: 100 says that nothing is missing.
export function percent(share: number, digits = 1): string {
  const power = 10 ** digits;
  return fixed(Math.floor(share * 100 * power + 1e-9) / power, digits) + ' %';
}

export function share(met: number, of: number): number {
  return of > 0 ? met / of : 0;
}

export function signed(value: number, digits: number): string {
  const text = fixed(value, digits);
  if (!/[1-9]/.test(text)) return text.replace(minus, '');
  return (value > 0 ? '+' : '') + text;
}

export function strikeText(strike: number): string {
  return Number.isInteger(strike * 100) ? fixed(strike, Number.isInteger(strike) ? 0 : 2) : fixed(strike, 3);
}

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

// The unit in which the largest of several sizes is read best, for an axis.
export function sizeUnit(largest: number): { unit: string; bytes: number } {
  const power = Math.max(0, Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, largest)) / 3)));
  return { unit: units[power] ?? 'B', bytes: 1000 ** power };
}

export function bytes(value: number): string {
  let unit = 0;
  let left = value;
  while (Math.abs(left) >= 1000 && unit < units.length - 1) {
    left /= 1000;
    unit++;
  }
  return fixed(left, unit === 0 || left >= 100 ? 0 : left >= 10 ? 1 : 2) + ' ' + (units[unit] ?? '');
}

// A language's words for a length of time; [larger unit, smaller unit] in each.
export interface Lengths {
  second: (seconds: string) => string;
  minute: (minutes: string, seconds: string) => string;
  hour: (hours: string, minutes: string) => string;
  day: (days: string, hours: string) => string;
}

// "48 s", "3 min 20 s", "2 h 05 min", "3 d 4 h"; below ten seconds with a decimal, below one with three.
export function duration({ lengths }: { lengths: Lengths }, seconds: number): string {
  const all = Math.max(0, Math.round(seconds));
  const two = (value: number) => String(value).padStart(2, '0');
  if (seconds > 0 && seconds < 10 && !Number.isInteger(seconds)) return lengths.second(fixed(seconds, seconds < 1 ? 3 : 1));
  if (all < 60) return lengths.second(String(all));
  if (all < 3600) return lengths.minute(String(Math.floor(all / 60)), two(all % 60));
  if (all < 86400) return lengths.hour(String(Math.floor(all / 3600)), two(Math.floor((all % 3600) / 60)));
  return lengths.day(String(Math.floor(all / 86400)), String(Math.floor((all % 86400) / 3600)));
}

export function between(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 1000;
}

function clockIn(zone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-CA', {
    timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit',
    hour: '2-digit', minute: '2-digit', second: '2-digit',
  });
}
const newYorkClock = clockIn('America/New_York');
const utcClock = clockIn('UTC');

export interface Wall {
  date: string;
  minute: string; // "10:30"
  second: string; // "10:30:05"
}

function wall(clock: Intl.DateTimeFormat, milliseconds: number): Wall {
  const part = Object.fromEntries(clock.formatToParts(milliseconds).map(({ type, value }) => [type, value]));
  const minute = `${part['hour']}:${part['minute']}`;
  return { date: `${part['year']}-${part['month']}-${part['day']}`, minute, second: `${minute}:${part['second']}` };
}

export function newYork(instant: string | number): Wall {
  return wall(newYorkClock, typeof instant === 'number' ? instant : Date.parse(instant));
}

export function utc(instant: string | number): Wall {
  return wall(utcClock, typeof instant === 'number' ? instant : Date.parse(instant));
}

// Days are counted in UTC, where each has 24 hours.
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(date) + days * 86_400_000).toISOString().slice(0, 10);
}

export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
}

// 0 is Monday.
export function weekday(date: string): number {
  return (new Date(Date.parse(date)).getUTCDay() + 6) % 7;
}
