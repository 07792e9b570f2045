// A year of days, each with its verdict.
import { useMemo, useState } from 'preact/hooks';
import type { CalendarDay, Days } from '../api';
import { useData } from '../client';
import { addDays, count, percent, weekday } from '../format';
import { useDayRevision, status, statusProblem } from '../live';
import { Answer, Empty, Or, Scroll, Section, Tile } from '../parts/basic';
import { useRoving } from '../parts/roving';
import { useTitle } from '../parts/title';
import { signOf, toneOf, VerdictBadge, verdictWord, type Mark } from '../parts/verdict';
import { href, type Route } from '../route';
import { useStore } from '../store';
import { reasonText, useWords, type Words } from '../words';

export function CalendarPage({ route }: { route: Route }) {
  const words = useWords();
  // Of a recording or a simulation the year it plays in, not the machine's.
  const session = useStore(status)?.session.date;
  const given = Number(route.parts[0]);
  const year = Number.isInteger(given) && given > 1900 && given < 2200 ? given : Number((session ?? new Date().toISOString()).slice(0, 4));
  const revision = useDayRevision(null, 3000);
  const failed = useStore(statusProblem) !== null;
  const known = route.parts[0] !== undefined || session !== undefined || failed;
  const days = useData<Days>(known ? `/days?from=${year}-01-01&to=${year}-12-31` : null, revision);
  useTitle(`${words.calendar.title} ${year}`);
  return (
    <>
      <div class="page-head">
        <h1>{words.calendar.title}</h1>
        <div class="stepper" role="group" aria-label={words.calendar.year}>
          <a class="button" rel="prev" href={href('calendar', [year - 1])} aria-label={`${words.previous}: ${year - 1}`}>‹</a>
          <b class="n">{year}</b>
          <a class="button" rel="next" href={href('calendar', [year + 1])} aria-label={`${words.next}: ${year + 1}`}>›</a>
        </div>
      </div>
      <Answer of={days} lines={12}>
        {(data) => <Year year={year} days={data} />}
      </Answer>
    </>
  );
}

function Year({ year, days }: { year: number; days: Days }) {
  const words = useWords();
  const [shown, setShown] = useState<CalendarDay | null>(null);
  const byDate = useMemo(() => new Map(days.days.map((day) => [day.date, day])), [days]);
  const recorded = days.days.filter((day) => day.verdict !== null);
  return (
    <>
      <Counts days={days} />
      <div class="calendar-tools">
        <Legend />
        <DayLine day={shown} today={days.today} />
      </div>
      {recorded.length === 0 && (
        <Empty next={words.calendar.emptyNext} command="opt-data schedule --live">{words.calendar.empty}</Empty>
      )}
      <Months year={year} byDate={byDate} today={days.today} show={setShown} />
      <Failed days={days.days} />
    </>
  );
}

function Counts({ days }: { days: Days }) {
  const words = useWords();
  const all = days.days.filter((day) => day.kind !== 'closed' && day.date <= days.today);
  const judged = all.filter((day) => day.verdict === 'PASS' || day.verdict === 'FAIL');
  const of = (mark: Mark) => all.filter((day) => day.verdict === mark).length;
  let run = 0;
  for (const day of [...judged].reverse()) {
    if (day.verdict !== 'PASS') break;
    run++;
  }
  const waived = all.filter((day) => day.waived).length;
  return (
    <div class="tiles">
      <Tile value={<Or value={judged.length > 0 ? judged.length : null} why={words.verdict.notJudgedLong}>{(n) => percent(of('PASS') / n)}</Or>}>
        {words.calendar.passShare}
      </Tile>
      <Tile value={count(of('PASS'))} tone="good">✓ PASS</Tile>
      <Tile value={count(of('FAIL'))} tone={of('FAIL') > 0 ? 'bad' : undefined}>
        ✕ FAIL{waived > 0 && ` (${waived} ${words.verdict.waived})`}
      </Tile>
      <Tile value={count(of('not_judged'))}>? {words.verdict.not_judged}</Tile>
      <Tile value={count(of(null))}>· {words.verdict.nothing}</Tile>
      <Tile value={count(run)}>{words.calendar.longestRun}</Tile>
    </div>
  );
}

function Legend() {
  const words = useWords();
  const marks: Mark[] = ['PASS', 'FAIL', 'not_judged', null];
  return (
    <ul class="legend" aria-label={words.calendar.legend}>
      {marks.map((mark) => (
        <li key={String(mark)}>
          <span class={'daybox ' + toneOf(mark)} aria-hidden="true">{signOf(mark)}</span> {verdictWord(words, mark)}
        </li>
      ))}
      <li><span class="daybox pass half" aria-hidden="true">½</span> {words.calendar.halfDay}</li>
      <li><span class="daybox fail waived" aria-hidden="true">w</span> {words.verdict.waived}</li>
      <li><span class="daybox closed" aria-hidden="true" /> {words.calendar.closed}</li>
    </ul>
  );
}

function describe(words: Words, day: CalendarDay, today: string): string {
  const parts = [`${words.weekdaysLong[weekday(day.date)] ?? ''} ${day.date}`];
  if (day.kind === 'closed') parts.push(`${words.calendar.closed}${day.why_closed ? ` (${day.why_closed})` : ''}`);
  else parts.push(day.date > today && day.verdict === null ? words.calendar.future : verdictWord(words, day.verdict));
  if (day.kind === 'half_day') parts.push(words.calendar.halfDay);
  if (day.waived) parts.push(words.verdict.waived);
  if (day.coverage !== null) parts.push(`${words.calendar.coverage} ${percent(day.coverage)}`);
  if (day.rows > 0) parts.push(`${count(day.rows)} ${words.calendar.rows}`);
  if (day.notes > 0) parts.push(words.calendar.notes(day.notes));
  for (const reason of day.reasons) parts.push(reasonText(words, reason));
  return parts.join(', ');
}

function DayLine({ day, today }: { day: CalendarDay | null; today: string }) {
  const words = useWords();
  return <p class="pointed">{day === null ? words.calendar.pick : describe(words, day, today)}</p>;
}

const calendarStep = (cell: HTMLElement, key: string, box: HTMLElement): HTMLElement | null => {
  const date = cell.dataset['date'] ?? '';
  const find = (target: string) => box.querySelector<HTMLElement>(`[data-date="${target}"]`);
  const month = (by: number) => {
    const target = new Date(Date.parse(date));
    target.setUTCDate(1);
    target.setUTCMonth(target.getUTCMonth() + by);
    const last = new Date(Date.UTC(target.getUTCFullYear(), target.getUTCMonth() + 1, 0)).getUTCDate();
    target.setUTCDate(Math.min(Number(date.slice(8)), last));
    return target.toISOString().slice(0, 10);
  };
  switch (key) {
    case 'ArrowLeft': return find(addDays(date, -1));
    case 'ArrowRight': return find(addDays(date, 1));
    case 'ArrowUp': return find(addDays(date, -7));
    case 'ArrowDown': return find(addDays(date, 7));
    case 'PageUp': return find(month(-1));
    case 'PageDown': return find(month(1));
    case 'Home': return find(date.slice(0, 8) + '01');
    case 'End': return find(addDays(`${month(1).slice(0, 8)}01`, -1));
    default: return null;
  }
};

interface MonthsProps {
  year: number;
  byDate: Map<string, CalendarDay>;
  today: string;
  show: (day: CalendarDay | null) => void;
}

function Months({ year, byDate, today, show }: MonthsProps) {
  const words = useWords();
  const { ref, onFocusIn, onKeyDown } = useRoving<HTMLDivElement>('[data-date]', calendarStep);
  const point = (event: Event) => {
    const date = (event.target as HTMLElement).closest<HTMLElement>('[data-date]')?.dataset['date'];
    if (date !== undefined) show(byDate.get(date) ?? null);
  };
  const focus = (event: FocusEvent) => {
    onFocusIn(event);
    point(event);
  };
  return (
    <div class="months" ref={ref} role="group" aria-label={words.calendar.grid(year)} onFocusIn={focus} onKeyDown={onKeyDown} onMouseOver={point}>
      {words.months.map((name, month) => (
        <Month key={name} name={name} first={`${year}-${String(month + 1).padStart(2, '0')}-01`} byDate={byDate} today={today} />
      ))}
    </div>
  );
}

function Month({ name, first, byDate, today }: { name: string; first: string; byDate: Map<string, CalendarDay>; today: string }) {
  const words = useWords();
  const weeks: (string | null)[][] = [];
  let week: (string | null)[] = Array.from({ length: weekday(first) }, () => null);
  for (let date = first; date.slice(0, 7) === first.slice(0, 7); date = addDays(date, 1)) {
    week.push(date);
    if (week.length === 7) {
      weeks.push(week);
      week = [];
    }
  }
  if (week.length > 0) weeks.push([...week, ...Array.from({ length: 7 - week.length }, () => null)]);
  return (
    <table class="month">
      <caption>{name}</caption>
      <thead>
        <tr>
          {words.weekdays.map((day, index) => (
            <th key={day} scope="col" abbr={words.weekdaysLong[index]}>{day}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weeks.map((days, index) => (
          <tr key={index}>
            {days.map((date, column) => (
              <td key={column}>{date !== null && <DayBox date={date} day={byDate.get(date)} today={today} />}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function DayBox({ date, day, today }: { date: string; day: CalendarDay | undefined; today: string }) {
  const words = useWords();
  const mark = day?.verdict ?? null;
  const closed = day?.kind === 'closed' && mark === null;
  const future = date > today && mark === null;
  const classes = ['daybox', closed ? 'closed' : toneOf(mark), future ? 'future' : '', date === today ? 'today' : '',
    day?.kind === 'half_day' ? 'half' : '', day?.waived ? 'waived' : ''].join(' ');
  const inner = (
    <>
      <span class="daybox-number">{Number(date.slice(8))}</span>
      <span class="daybox-sign" aria-hidden="true">
        {closed || future ? '' : day?.waived ? 'w' : signOf(mark)}
        {day?.kind === 'half_day' && '½'}
      </span>
    </>
  );
  const label = day ? describe(words, day, today) : date;
  const first = date === today ? { 'data-first': true } : {};
  return mark === null ? (
    <span class={classes} data-date={date} {...first} tabIndex={-1} role="img" aria-label={label}>{inner}</span>
  ) : (
    <a class={classes} data-date={date} {...first} tabIndex={-1} href={href('day', [date])} aria-label={label}>{inner}</a>
  );
}

function Failed({ days }: { days: CalendarDay[] }) {
  const words = useWords();
  const failed = days.filter((day) => day.verdict === 'FAIL').reverse();
  return (
    <Section title={words.calendar.failed}>
      {failed.length === 0 ? (
        <p class="calm">{words.calendar.noFailed}</p>
      ) : (
        <Scroll label={words.calendar.failed}>
          <table>
            <thead>
              <tr>
                <th scope="col">{words.calendar.date}</th>
                <th scope="col">{words.verdict.sign}</th>
                <th scope="col" class="n">{words.calendar.coverage}</th>
                <th scope="col" class="n">{words.calendar.rows}</th>
                <th scope="col">{words.calendar.why}</th>
              </tr>
            </thead>
            <tbody>
              {failed.map((day) => (
                <tr key={day.date}>
                  <th scope="row" class="t"><a href={href('day', [day.date])}>{day.date}</a></th>
                  <td class="keep"><VerdictBadge mark="FAIL" />{day.waived && <span class="faint"> {words.verdict.waived}</span>}</td>
                  <td class="n"><Or value={day.coverage} why={words.day.notMeasured}>{(value) => percent(value)}</Or></td>
                  <td class="n">{count(day.rows)}</td>
                  <td>{day.reasons.map((reason) => reasonText(words, reason)).join('; ')}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </Section>
  );
}
