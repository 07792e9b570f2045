// Is the last judged day complete, and what is happening now?
import type { CollectorStatus, Days, DayVerdict, SessionStatus, Status, Use } from '../api';
import { Command, Empty, Moment, Or, ProblemBox, Section, Skeleton } from '../parts/basic';
import { useServerNow } from '../parts/clock';
import { Meter } from '../parts/meter';
import { useTitle } from '../parts/title';
import { signOf, slotSigns, slotTones, toneOf, VerdictBadge, verdictWord } from '../parts/verdict';
import { useData } from '../client';
import { addDays, count, duration, newYork, percent, share, weekday } from '../format';
import { status, statusProblem, useDayRevision } from '../live';
import { href } from '../route';
import { useStore } from '../store';
import { reasonText, useWords } from '../words';

export function TodayPage() {
  const words = useWords();
  const told = useStore(status);
  const problem = useStore(statusProblem);
  const mark = told?.latest_verdict?.status;
  useTitle(...(mark ? [verdictWord(words, mark)] : []), words.today.title);
  return (
    <>
      <h1 class="unseen">{words.today.title}</h1>
      {told === null ? (
        problem && problem.status !== 401 ? <ProblemBox problem={problem} /> : <Skeleton lines={8} tall />
      ) : (
        <Told told={told} />
      )}
    </>
  );
}

function Told({ told }: { told: Status }) {
  return (
    <>
      <div class="today-top">
        <LatestVerdict verdict={told.latest_verdict} session={told.session} />
        <SessionCard session={told.session} />
      </div>
      <Slots session={told.session} />
      <div class="columns">
        <Collector collector={told.collector} />
        <Alerts collector={told.collector} />
      </div>
      <Gateways collector={told.collector} />
    </>
  );
}

function useDayName(date: string): string {
  const words = useWords();
  return `${words.weekdaysLong[weekday(date)] ?? ''} ${date}`;
}

function LatestVerdict({ verdict, session }: { verdict: DayVerdict | null; session: SessionStatus }) {
  const words = useWords();
  const name = useDayName(verdict?.date ?? session.date);
  if (verdict === null)
    return (
      <section class="card verdict-card nothing">
        <h2>{words.today.question}</h2>
        <p>{words.today.noVerdict}</p>
        <p>
          {words.today.noVerdictNext} <Command>{words.verdict.judge('yesterday')}</Command>
        </p>
      </section>
    );
  const passed = verdict.status === 'PASS';
  const open = session.date > verdict.date && session.verdict === null && (session.phase === 'after' || session.phase === 'past');
  return (
    <section class={'card verdict-card ' + (passed ? 'pass' : 'fail')}>
      <h2>{words.today.question}</h2>
      <p class="verdict-line">
        <VerdictBadge mark={verdict.status} large />
        <span class="verdict-day">
          <a href={href('day', [verdict.date])}>{name}</a>
          <span class="faint">
            {passed ? words.verdict.complete : words.verdict.incomplete} · {words.verdict.phase[verdict.phase] ?? verdict.phase}
          </span>
        </span>
      </p>
      {passed ? (
        <p>{words.verdict.everyGate}</p>
      ) : (
        <ul class="reasons">
          {verdict.reasons.map((reason) => (
            <li key={reason}>
              {reasonText(words, reason)} <code>{reason}</code>
            </li>
          ))}
        </ul>
      )}
      <Recent before={session.date} />
      {open && (
        <p class="note">
          {words.today.olderSession} <a href={href('day', [session.date])}>{session.date}</a>
        </p>
      )}
    </section>
  );
}

const recentMost = 9;

// The days that led here: one bad day in a row of good ones reads differently from a bad week.
function Recent({ before }: { before: string }) {
  const words = useWords();
  const revision = useDayRevision(null, 3000);
  const days = useData<Days>(`/days?from=${addDays(before, -21)}&to=${addDays(before, -1)}`, revision);
  const sessions = days.data?.days.filter((day) => day.kind !== 'closed').slice(-recentMost) ?? [];
  return (
    <>
      <p class="recent-title">{words.today.recent}</p>
      <ul class="recent">
        {sessions.map((day) => (
          <li key={day.date}>
            <a
              class={`daybox ${toneOf(day.verdict)} ${day.waived ? 'waived' : ''}`} title={`${day.date}: ${verdictWord(words, day.verdict)}`}
              {...(day.verdict === null ? {} : { href: href('day', [day.date]) })}
            >
              {day.date.slice(5)} <span aria-hidden="true">{day.waived ? 'w' : signOf(day.verdict)}</span>
              <span class="unseen">{verdictWord(words, day.verdict)}</span>
            </a>
          </li>
        ))}
        {sessions.length === 0 && <li><span class="daybox" aria-hidden="true" /></li>}
      </ul>
    </>
  );
}

function SessionCard({ session }: { session: SessionStatus }) {
  const words = useWords();
  const name = useDayName(session.date);
  const running = session.slots.find((slot) => slot.state === 'running');
  const over = session.slots.filter((slot) => slot.state !== 'waiting' && slot.state !== 'running');
  const expected = over.reduce((sum, slot) => sum + slot.expected, 0);
  const usable = over.reduce((sum, slot) => sum + (slot.usable ?? 0), 0);
  return (
    <section class="card">
      <h2>{session.is_today ? words.today.session : words.today.lastSession}</h2>
      <p class="verdict-line">
        <span class={'phase ' + session.phase}>{words.phase[session.phase]}</span>
        <span class="verdict-day">
          <a href={href('day', [session.date])}>{name}</a>
          <span class="faint">
            {words.today.hours(newYork(session.open).minute, newYork(session.close).minute)}
            {session.half_day && ` · ${words.today.halfDay}`}
          </span>
        </span>
      </p>
      <dl class="facts">
        <div>
          <dt>{words.today.slots}</dt>
          <dd class="n">
            {over.length} {words.today.of} {session.slots.length}
          </dd>
        </div>
        <div>
          <dt>{words.today.usable}</dt>
          <dd class="n">
            <Or value={expected > 0 ? expected : null} why={words.slotState.waiting}>
              {(all) => `${percent(share(usable, all))} · ${words.today.progress(count(usable), count(all))}`}
            </Or>
          </dd>
        </div>
        {(running !== undefined || session.phase === 'open') && (
          <div>
            <dt>{running ? words.today.slotOf(running.label) : words.slotState.running}</dt>
            <dd class="n">
              <Or value={running} why={words.today.noJob}>
                {(slot) => `${words.today.progress(count(slot.answered), count(slot.expected))} ${words.today.answered}`}
              </Or>
            </dd>
          </div>
        )}
        <div>
          <dt>{words.today.nextSession}</dt>
          <dd class="n">{session.next_session}</dd>
        </div>
      </dl>
    </section>
  );
}

function Slots({ session }: { session: SessionStatus }) {
  const words = useWords();
  return (
    <Section title={words.today.slots} aside={<span class="faint">{words.newYork} · {words.contractCount}</span>}>
      <ol class="slots">
        {session.slots.map((slot) => {
          const got = slot.state === 'running' ? slot.answered : (slot.usable ?? slot.answered);
          const part = Math.min(1, share(got, slot.expected));
          const what = slot.state === 'running' ? words.today.answered : words.today.usable;
          const text = slot.expected > 0 ? `${words.today.progress(count(got), count(slot.expected))} ${what}` : '';
          return (
            <li key={slot.slot} class={`slot ${slotTones[slot.state]} ${slot.state}`}>
              <a href={href('day', [session.date])} title={`${words.today.slotOf(slot.label)}: ${words.slotState[slot.state]}. ${text}`}>
                <b>{slot.label}</b>
                <span class="slot-state">
                  <span aria-hidden="true">{slotSigns[slot.state]}</span> {words.slotState[slot.state]}
                </span>
                <span class="slot-track" aria-hidden="true">
                  <span style={{ width: `${part * 100}%` }} />
                </span>
                <span class="slot-share n">{slot.expected > 0 && slot.state !== 'waiting' ? percent(part) : '–'}</span>
                <span class="slot-count n">
                  {slot.expected > 0 ? (slot.state === 'waiting' ? count(slot.expected) : `${count(got)}/${count(slot.expected)}`) : '–'}
                </span>
              </a>
            </li>
          );
        })}
      </ol>
    </Section>
  );
}

function Collector({ collector }: { collector: CollectorStatus }) {
  const words = useWords();
  const now = useServerNow();
  const sign = { running: '●', stopped: '■', silent: '◌' }[collector.state];
  const tone = { running: 'pass', stopped: 'nothing', silent: 'unknown' }[collector.state];
  const left = collector.next && now !== null ? (Date.parse(collector.next.due) - now) / 1000 : null;
  return (
    <Section
      title={words.today.collector}
      aside={<span class={'mark ' + tone}><span aria-hidden="true">{sign}</span> {words.today[collector.state]}</span>}
    >
      {collector.state === 'stopped' && <Empty next={words.today.stoppedNext} command={words.today.stoppedCommand}>{words.live.title.stopped}</Empty>}
      {collector.state === 'silent' && <Empty next={words.today.silentNext} command={words.today.silentCommand}>{words.live.title.silent}</Empty>}
      <dl class="facts">
        <div>
          <dt>{words.today.job}</dt>
          <dd>
            <Or value={collector.job} why={words.today.noJob}>
              {(job) => (
                <>
                  <b>{job.name}</b>{' '}
                  <span class="faint n">
                    {words.today.since} <Moment at={job.started_at} seconds />
                    {now !== null && `, ${duration(words, (now - Date.parse(job.started_at)) / 1000)}`}
                  </span>
                </>
              )}
            </Or>
          </dd>
        </div>
        <div>
          <dt>{words.today.nextJob}</dt>
          <dd>
            <Or value={collector.next} why={words.today.noNext}>
              {(next) => (
                <>
                  <b>{next.name}</b>{' '}
                  <span class="faint n">
                    <Moment at={next.due} withDate={newYork(next.due).date !== (now === null ? '' : newYork(now).date)} /> {words.newYork}
                    {left !== null && `, ${left >= 0 ? words.today.in(duration(words, left)) : words.today.overdue(duration(words, -left))}`}
                  </span>
                </>
              )}
            </Or>
          </dd>
        </div>
        {collector.pid !== null && (
          <div>
            <dt>{words.today.pid}</dt>
            <dd class="n">
              {collector.pid}
              {collector.host && ` ${words.today.host} ${collector.host}`}
              {collector.since && <span class="faint"> {words.today.since} <Moment at={collector.since} withDate /></span>}
            </dd>
          </div>
        )}
        {collector.heard_at !== null && (
          <div>
            <dt>{words.today.heard}</dt>
            <dd class="n"><Moment at={collector.heard_at} withDate seconds /> {words.newYork}</dd>
          </div>
        )}
      </dl>
    </Section>
  );
}

function Alerts({ collector }: { collector: CollectorStatus }) {
  const words = useWords();
  const alerts = collector.alerts;
  return (
    <Section title={words.today.alerts} aside={alerts.length > 0 && <span class="mark fail">▲ {alerts.length}</span>}>
      {alerts.length === 0 ? (
        <p class="calm"><span class="mark pass" aria-hidden="true">✓</span> {words.today.noAlerts}</p>
      ) : (
        <ul class="alerts">
          {alerts.map((alert) => (
            <li key={alert.at + alert.code}>
              <p>
                <code>{alert.code}</code>
                <span class="faint n">
                  <Moment at={alert.at} seconds withDate /> {words.newYork} · {words.today.times(alert.count)}
                </span>
              </p>
              <p>{alert.message}</p>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

const gatewaySigns = { idle: '○', connecting: '↻', up: '●', waiting: '◌' };
const gatewayTones = { idle: 'nothing', connecting: 'unknown', up: 'pass', waiting: 'fail' };

function Gateways({ collector }: { collector: CollectorStatus }) {
  const words = useWords();
  const meter = (label: string, use: Use, unit: string) => (
    <Meter
      label={label} value={use.in_use} limit={use.limit} unit={unit}
      note={use.window_s === null ? words.today.now : words.today.lastSeconds(use.window_s)}
    />
  );
  return (
    <Section title={words.today.gateways}>
      {collector.gateways.length === 0 && <Empty>{words.today.noGateways}</Empty>}
      <div class="gateways">
        {collector.gateways.map((gateway) => (
          <div key={gateway.name} class="card gateway">
            <p class="gateway-name">
              <b>{gateway.name}</b>
              <span class={'mark ' + gatewayTones[gateway.state]}>
                <span aria-hidden="true">{gatewaySigns[gateway.state]}</span> {words.today.gatewayState[gateway.state]}
              </span>
            </p>
            {meter(words.today.lines, gateway.lines, '')}
            {meter(words.today.subscriptions, gateway.subscriptions, '')}
            {meter(words.today.messages, gateway.messages, '')}
          </div>
        ))}
      </div>
    </Section>
  );
}
