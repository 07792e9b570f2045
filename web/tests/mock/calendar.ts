// New York's sessions of the years the invented dataset covers.
import type { CalendarDay, Days } from '../../src/api';
import { instant, isoDate, round, seeded } from './random';

export const today = '2025-10-06';
export const firstDay = '2025-01-02';
export const failedDay = '2025-10-02';
export const judgedDay = '2025-10-03';

const holidays: Record<string, string> = {
  '2025-01-01': "New Year's Day", '2025-01-09': 'National day of mourning', '2025-01-20': 'Martin Luther King, Jr. Day',
  '2025-02-17': "Washington's Birthday", '2025-04-18': 'Good Friday', '2025-05-26': 'Memorial Day', '2025-06-19': 'Juneteenth',
  '2025-07-04': 'Independence Day', '2025-09-01': 'Labor Day', '2025-11-27': 'Thanksgiving Day', '2025-12-25': 'Christmas Day',
};
const halfDays = new Set(['2025-07-03', '2025-11-28', '2025-12-24']);
const weekdayNames = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

export function whyClosed(date: string): string | null {
  const day = new Date(Date.parse(date)).getUTCDay();
  if (day === 0 || day === 6) return weekdayNames[day] ?? null;
  return holidays[date] ?? null;
}

export function neighbour(date: string, step: 1 | -1): string {
  let at = Date.parse(date);
  do at += step * 86_400_000;
  while (whyClosed(isoDate(at)) !== null);
  return isoDate(at);
}

// Daylight saving time of 2025 and of the years around it, as far as the tests go.
function offsetHours(date: string): number {
  const year = date.slice(0, 4);
  return date >= `${year}-03-09` && date < `${year}-11-02` ? 4 : 5;
}

export function slotLabels(date: string): string[] {
  const slots = halfDays.has(date) ? 8 : 14;
  return Array.from({ length: slots }, (_, slot) => {
    const minutes = 9 * 60 + 30 + slot * 30;
    return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  });
}

export function slotAt(date: string, slot: number): number {
  return Date.parse(date) + (offsetHours(date) * 60 + 9 * 60 + 30 + slot * 30) * 60_000;
}

export const isHalfDay = (date: string) => halfDays.has(date);

function dayOf(date: string): CalendarDay {
  const closed = whyClosed(date);
  const base: CalendarDay = {
    date, kind: closed !== null ? 'closed' : halfDays.has(date) ? 'half_day' : 'session', why_closed: closed,
    verdict: null, phase: null, reasons: [], coverage: null, rows: 0, notes: 0, waived: false,
  };
  if (closed !== null || date > today || date < firstDay) return base;
  const random = seeded('day ' + date);
  const luck = random();
  if (date === today) return { ...base, verdict: 'not_judged', rows: 22480 };
  if (date === failedDay)
    return { ...base, verdict: 'FAIL', phase: 'final', reasons: ['qa:slot_coverage_min', 'qa:slot_presence_min', 'qa:rollup_fallback_ratio', 'qa:oi_enrichment_ratio', 'logs:errors>0'], coverage: 0, rows: 151_424, notes: 1 };
  if (date === judgedDay) return { ...base, verdict: 'PASS', phase: 'final', coverage: 0.9821, rows: 157_360 };
  if (luck < 0.025) return base;
  if (luck < 0.045) return { ...base, verdict: 'not_judged', rows: Math.floor(60_000 + random() * 60_000) };
  const coverage = round(0.93 + random() * 0.07, 4);
  if (luck < 0.105) {
    const waived = luck < 0.06;
    return { ...base, verdict: 'FAIL', phase: 'final', reasons: luck < 0.08 ? ['qa:slot_coverage_min'] : ['qa:oi_enrichment_ratio', 'logs:warnings>150'],
      coverage: luck < 0.08 ? round(0.4 + random() * 0.45, 4) : coverage, rows: Math.floor(120_000 + random() * 30_000), notes: waived ? 1 : 0, waived };
  }
  return { ...base, verdict: 'PASS', phase: 'final', coverage, rows: Math.floor(153_000 + random() * 6_000) };
}

export function days(from: string, to: string): Days {
  const all: CalendarDay[] = [];
  for (let at = Date.parse(from); at <= Date.parse(to) && all.length < 800; at += 86_400_000) all.push(dayOf(isoDate(at)));
  return { from, to, today, days: all };
}

export { dayOf, instant };
