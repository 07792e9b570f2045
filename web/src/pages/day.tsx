// One trading day: its verdict, and everything that led to it.
import type { Day, Gap } from '../api';
import { useData } from '../client';
import { count, fixed, percent, share, weekday } from '../format';
import { status, useDayRevision } from '../live';
import { Answer, Command, Empty, Moment, Or, Scroll, Section, Skeleton, Tile } from '../parts/basic';
import { DayEvents } from '../parts/day_events';
import { Gates } from '../parts/gates';
import { Heatmap } from '../parts/heatmap';
import { Parts } from '../parts/meter';
import { RunTable } from '../parts/run_table';
import { useTitle } from '../parts/title';
import { VerdictBadge, verdictWord } from '../parts/verdict';
import { go, href, isDate, type Route } from '../route';
import { useStore } from '../store';
import { causeText, reasonText, useWords } from '../words';

export function DayPage({ route }: { route: Route }) {
  const words = useWords();
  const told = useStore(status);
  const given = route.parts[0];
  const date = isDate(given) ? given : (told?.latest_verdict?.date ?? told?.session.date ?? null);
  const revision = useDayRevision(date);
  const day = useData<Day>(date === null ? null : `/days/${date}`, revision);
  const mark = day.data === null ? null : (day.data.status ?? 'not_judged');
  useTitle(...(mark ? [verdictWord(words, mark)] : []), date ?? words.day.title);
  if (date === null) return <Skeleton lines={10} tall />;
  return (
    <>
      <DayHead date={date} day={day.data} />
      {day.problem?.status === 404 ? (
        <Empty next={words.day.nothingNext}>
          {words.day.nothing(date)} <a href={href('calendar', [date.slice(0, 4)])}>{words.day.toCalendar}</a>
        </Empty>
      ) : (
        <Answer of={day} lines={14}>
          {(data) => <DayBody day={data} revision={revision} />}
        </Answer>
      )}
    </>
  );
}

function DayHead({ date, day }: { date: string; day: Day | null }) {
  const words = useWords();
  const waived = day?.notes.some((note) => note.kind === 'waive') ?? false;
  const step = (rel: 'prev' | 'next', to: string | null | undefined, label: string, sign: string) =>
    to ? (
      <a class="button" rel={rel} href={href('day', [to])} aria-label={`${label}: ${to}`} title={to}>{sign}</a>
    ) : (
      <span class="button off" aria-hidden="true">{sign}</span>
    );
  return (
    <div class="page-head">
      <h1>
        <span class="faint">{words.weekdaysLong[weekday(date)]}</span> <span class="n">{date}</span>
      </h1>
      {day && <VerdictBadge mark={day.status ?? 'not_judged'} large />}
      {waived && <span class="mark unknown" title={words.verdict.waivedLong}>{words.verdict.waived}</span>}
      <div class="stepper">
        {step('prev', day?.previous, words.day.previous, '‹')}
        <label>
          <span class="unseen">{words.day.date}</span>
          <input type="date" value={date} onChange={(event) => isDate(event.currentTarget.value) && go(href('day', [event.currentTarget.value]))} />
        </label>
        {step('next', day?.next, words.day.next, '›')}
        <a class="button" href={href('chain', [], { date })}>{words.day.toChain}</a>
      </div>
    </div>
  );
}

function DayBody({ day, revision }: { day: Day; revision: number }) {
  const words = useWords();
  return (
    <>
      <Why day={day} />
      <Tiles day={day} />
      <Gates gates={day.metrics} />
      <Heatmap day={day} />
      <Breaches day={day} />
      <div class="columns">
        <Section title={words.day.rollup}>
          {day.rollup.length === 0 ? <Empty>{words.day.noRollup}</Empty> : (
            <Parts
              pieces={day.rollup.map((each) => ({ name: words.strategies[each.strategy] ?? each.strategy, value: each.rows, tone: rollupTones[each.strategy] }))}
              unit={words.contracts} percent={(part) => percent(part)}
            />
          )}
        </Section>
        <Section title={words.day.oi} note={words.day.oiNote}>
          {day.open_interest.length === 0 ? <Empty>{words.day.noOi}</Empty> : (
            <Parts
              pieces={day.open_interest.map((each) => ({ name: words.oiStates[each.state] ?? each.state, value: each.rows, tone: oiTones[each.state] }))}
              unit={words.contracts} percent={(part) => percent(part)}
            />
          )}
        </Section>
      </div>
      <Notes day={day} />
      <DayEvents date={day.trade_date} revision={revision} byCode={day.by_code} />
      <Section title={words.day.jobs}>
        {day.jobs.length === 0 ? <Empty>{words.day.noJobs}</Empty> : <RunTable runs={day.jobs} label={words.day.jobs} dated={false} />}
      </Section>
      <Published day={day} />
    </>
  );
}

const rollupTones = { close: 'k5', slot_1530: 'k4', last_good: 'k3', none: 'k1' };
const oiTones = { value: 'k5', not_published: 'k3', missing: 'k1', expired: 'k0', not_asked: 'k0' };

function Why({ day }: { day: Day }) {
  const words = useWords();
  if (day.status === null)
    return (
      <Empty command={words.verdict.judge(day.trade_date)}>{words.verdict.notJudgedLong}</Empty>
    );
  const phase = words.verdict.phase[day.phase ?? ''] ?? day.phase ?? '';
  if (day.reasons.length === 0)
    return (
      <p class="why pass">
        {words.verdict.everyGate} <span class="faint">{phase}</span>
      </p>
    );
  return (
    <div class="why fail">
      <ul>
        {day.reasons.map((reason) => (
          <li key={reason}>
            {reasonText(words, reason)} <code>{reason}</code>
          </li>
        ))}
      </ul>
      <span class="faint">{phase}</span>
      {day.notes.some((note) => note.kind === 'waive') && <p>{words.verdict.waivedLong}</p>}
    </div>
  );
}

function Tiles({ day }: { day: Day }) {
  const words = useWords();
  const usable = day.slots.reduce((sum, cell) => sum + cell.usable, 0);
  const expected = day.slots.reduce((sum, cell) => sum + cell.expected, 0);
  const lag = (value: number | null) => (
    <Or value={value} why={words.day.notMeasured}>{(seconds) => `${fixed(seconds, 0)} s`}</Or>
  );
  return (
    <div class="tiles">
      <Tile value={<Or value={expected > 0 ? expected : null} why={words.day.notMeasured}>{(all) => percent(share(usable, all))}</Or>}>
        {words.day.of(count(usable), count(expected))} {words.day.usableRows}
      </Tile>
      <Tile value={count(day.daily_rows)}>
        {words.day.dailyRows}
        {day.filled_rows > 0 && ` · ${count(day.filled_rows)} ${words.day.filledRows}`}
      </Tile>
      <Tile value={<>{lag(day.quote_lag_p50_s)} / {lag(day.quote_lag_p95_s)}</>}>{words.day.lag}</Tile>
      <Tile value={`${count(day.errors)} / ${count(day.warnings)}`} tone={day.errors > 0 ? 'bad' : undefined}>{words.day.events}</Tile>
      <Tile value={count(day.pacing.busiest_minute_answers)}>{words.day.busiest(count(day.pacing.subscriptions_per_minute))}</Tile>
      <Tile value={count(day.pacing.events)} tone={day.pacing.events > 0 ? 'warn' : undefined}>{words.day.pacing}</Tile>
    </div>
  );
}

interface Breach extends Gap {
  named: boolean;
}

// A gap names its contracts; a cell that is short without one has no rows to take names from.
function breachesOf(day: Day): Breach[] {
  const named: Breach[] = day.missing.map((gap) => ({ ...gap, named: true }));
  const told = new Set(day.missing.map((gap) => `${gap.symbol} ${gap.slot}`));
  const silent = day.slots
    .filter((cell) => cell.usable < cell.expected && !told.has(`${cell.symbol} ${cell.slot}`))
    .map((cell): Breach => ({
      symbol: cell.symbol, slot: cell.slot, label: cell.label, cause: cell.cause, missing: cell.expected - cell.usable, contracts: [], named: false,
    }));
  return [...named, ...silent].sort((a, b) => a.slot - b.slot || b.missing - a.missing || a.symbol.localeCompare(b.symbol));
}

function Breaches({ day }: { day: Day }) {
  const words = useWords();
  const breaches = breachesOf(day);
  if (day.slots.length === 0) return null;
  const missing = breaches.reduce((sum, each) => sum + each.missing, 0);
  return (
    <Section title={words.day.breaches} aside={breaches.length > 0 && <span class="faint n">{count(missing)} {words.rows}</span>}>
      {breaches.length === 0 ? <p class="calm"><span class="mark pass" aria-hidden="true">✓</span> {words.day.noBreaches}</p> : (
        <Scroll label={words.day.breaches} class="tall-box">
          <table>
            <thead>
              <tr>
                <th scope="col">{words.day.slot}</th>
                <th scope="col">{words.day.symbol}</th>
                <th scope="col">{words.day.cause}</th>
                <th scope="col" class="n">{words.day.missing}</th>
                <th scope="col">{words.day.which}</th>
              </tr>
            </thead>
            <tbody>
              {breaches.map((each) => (
                <tr key={`${each.symbol} ${each.slot} ${each.cause}`}>
                  <td class="t">{each.label}</td>
                  <td class="keep"><a href={href('chain', [each.symbol, day.trade_date, each.slot])}>{each.symbol}</a></td>
                  <td class="keep" title={each.cause}>{causeText(words, each.cause)}</td>
                  <td class="n">{count(each.missing)}</td>
                  <td class="wide contracts"><Contracts gap={each} /></td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </Section>
  );
}

function Contracts({ gap }: { gap: Breach }) {
  const words = useWords();
  if (!gap.named || gap.contracts.length === 0) return <span class="faint">{words.day.notNamed}</span>;
  const more = gap.missing - gap.contracts.length;
  return (
    <>
      {gap.contracts.map((contract) => <span key={contract} class="contract">{contract}</span>)}
      {more > 0 && <span class="faint">{words.day.andMore(more)}</span>}
    </>
  );
}

function Notes({ day }: { day: Day }) {
  const words = useWords();
  return (
    <Section title={words.day.notes}>
      {day.notes.length === 0 ? (
        <p class="calm faint">
          {words.day.noNotes} <Command>{words.day.noteCommand(day.trade_date)}</Command>
        </p>
      ) : (
        <ul class="notes">
          {day.notes.map((note) => (
            <li key={note.at}>
              <b class={note.kind === 'waive' ? 'mark unknown' : ''}>{words.day.noteKind[note.kind]}</b> {note.reason}{' '}
              <span class="faint n"><Moment at={note.at} withDate /> {words.newYork}</span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function Published({ day }: { day: Day }) {
  const words = useWords();
  return (
    <Section title={words.day.published}>
      {day.published.length === 0 ? <Empty>{words.day.noPublished}</Empty> : (
        <Scroll label={words.day.published} class="tall-box">
          <table>
            <thead>
              <tr>
                <th scope="col">{words.day.partition}</th>
                <th scope="col" class="n">{words.day.rows}</th>
                <th scope="col">{words.day.at}</th>
              </tr>
            </thead>
            <tbody>
              {day.published.map((each) => (
                <tr key={each.partition + each.at}>
                  <td class="keep"><code>{each.partition}</code></td>
                  <td class="n">{count(each.rows)}</td>
                  <td class="t"><Moment at={each.at} withDate seconds /></td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </Section>
  );
}
