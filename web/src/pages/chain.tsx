// One underlying in one slot: the chain, its smile, its surface, and one contract through the day.
import { useEffect, useMemo } from 'preact/hooks';
import type { Chain, Underlyings } from '../api';
import { expiriesOf, spotOf } from '../chain';
import { useData } from '../client';
import { count, daysBetween, fixed } from '../format';
import { status, statusProblem, useDayRevision } from '../live';
import { Answer, Empty, Moment, Or, ProblemBox, Section, Skeleton } from '../parts/basic';
import { ChainTable } from '../parts/chain_table';
import { ContractPanel } from '../parts/contract_day';
import { Smile } from '../parts/smile';
import { SurfaceTable } from '../parts/surface';
import { useTitle } from '../parts/title';
import { go, href, isDate, settle, type Route } from '../route';
import { remember, remembered, useStore } from '../store';
import { useWords } from '../words';

interface Place {
  symbol: string | null;
  date: string | null;
  slot: number | null;
  expiry: string | null;
  conid: number | null;
}

function placeOf(route: Route): Place {
  const [symbol, date, slot] = route.parts;
  const wanted = route.query.get('date') ?? undefined;
  const conid = Number(route.query.get('conid') ?? 'x');
  return {
    symbol: symbol ?? null,
    date: isDate(date) ? date : isDate(wanted) ? wanted : null,
    slot: slot !== undefined && /^\d+$/.test(slot) ? Number(slot) : null,
    expiry: route.query.get('expiry'),
    conid: Number.isInteger(conid) ? conid : null,
  };
}

function linkTo(place: Place): string {
  const parts = place.symbol === null || place.date === null ? [] : [place.symbol, place.date, ...(place.slot === null ? [] : [place.slot])];
  return href('chain', parts, {
    expiry: place.expiry, conid: place.conid === null ? null : String(place.conid), date: parts.length === 0 ? place.date : null,
  });
}

export function ChainPage({ route }: { route: Route }) {
  const words = useWords();
  const place = placeOf(route);
  const told = useStore(status);
  const problem = useStore(statusProblem);
  const date = place.date ?? told?.session.date ?? null;
  const revision = useDayRevision(date, 1500);
  const names = useData<Underlyings>(date === null ? null : `/days/${date}/underlyings`, revision);

  // What the address leaves open is filled in from what there is, and put into the address.
  useEffect(() => {
    const found = names.data;
    if (found === null || date === null || found.date !== date || found.underlyings.length === 0) return;
    if (place.symbol !== null && place.slot !== null) return;
    const known = (symbol: string | null) => found.underlyings.find((each) => each.symbol === symbol)?.symbol;
    const symbol = place.symbol ?? known(remembered('symbol')) ?? found.underlyings[0]?.symbol ?? null;
    settle(linkTo({ ...place, date, symbol, slot: place.slot ?? found.slots[found.slots.length - 1]?.slot ?? 0 }));
  }, [names.data, date, place.symbol, place.slot]);
  useEffect(() => {
    if (place.symbol !== null) remember('symbol', place.symbol);
  }, [place.symbol]);

  const ready = place.symbol !== null && date !== null && place.slot !== null;
  const chain = useData<Chain>(ready ? `/days/${date}/chain?symbol=${encodeURIComponent(place.symbol ?? '')}&slot=${place.slot}` : null, revision);
  useTitle(place.symbol ?? words.chain.title, ...(date ? [date] : []), words.chain.title);

  const nothing = names.problem?.status === 404 || names.data?.underlyings.length === 0;
  return (
    <>
      <div class="page-head">
        <h1>{place.symbol ?? words.chain.title}</h1>
        {chain.data && <UnderlyingPrice chain={chain.data} />}
      </div>
      {date !== null && <Picker place={{ ...place, date }} names={names.data} expiries={chain.data ? expiriesOf(chain.data) : []} />}
      {nothing && chain.data === null ? <Empty next={words.chain.noneNext}>{words.chain.noDay}</Empty>
        : ready ? <Answer of={chain} lines={16}>{(data) => <ChainBody chain={data} place={place} revision={revision} />}</Answer>
          : names.problem ? <ProblemBox problem={names.problem} again={names.again} />
            : problem && told === null && problem.status !== 401 ? <ProblemBox problem={problem} /> : <Skeleton lines={16} tall />}
    </>
  );
}

function UnderlyingPrice({ chain }: { chain: Chain }) {
  const words = useWords();
  const { bid, ask, as_of } = chain.underlying;
  return (
    <p class="spot n">
      <b><Or value={spotOf(chain)} why={words.chain.noUnderlying}>{(value) => `${fixed(value, 2)} ${words.usd}`}</Or></b>
      {bid !== null && ask !== null && <span class="faint">{words.chain.bid} {fixed(bid, 2)} · {words.chain.ask} {fixed(ask, 2)}</span>}
      {as_of !== null && <span class="faint"><Moment at={as_of} seconds withDate /> {words.newYork}</span>}
    </p>
  );
}

function Picker({ place, names, expiries }: { place: Place; names: Underlyings | null; expiries: string[] }) {
  const words = useWords();
  const symbols = names?.underlyings.map((each) => each.symbol) ?? [];
  const slots = names?.slots ?? [];
  const all = place.symbol !== null && !symbols.includes(place.symbol) ? [place.symbol, ...symbols] : symbols;
  const expiry = place.expiry ?? expiries[0] ?? '';
  const change = (next: Partial<Place>) => go(linkTo({ ...place, conid: null, ...next }));
  const index = slots.findIndex((each) => each.slot === place.slot);
  const step = (by: number) => {
    const to = slots[index + by];
    if (to) go(linkTo({ ...place, slot: to.slot }));
  };
  return (
    <form class="picker" onSubmit={(event) => event.preventDefault()}>
      <label class="field">
        <span>{words.chain.symbol}</span>
        <select value={place.symbol ?? ''} onChange={(event) => change({ symbol: event.currentTarget.value })}>
          {all.map((symbol) => <option key={symbol} value={symbol}>{symbol}</option>)}
        </select>
      </label>
      <label class="field">
        <span>{words.chain.date}</span>
        <input type="date" value={place.date ?? ''} onChange={(event) => isDate(event.currentTarget.value) && change({ date: event.currentTarget.value })} />
      </label>
      <div class="field">
        <label for="slot">{words.chain.slot}</label>
        <span class="stepper">
          <button type="button" data-rel="prev" aria-label={words.previous} disabled={index <= 0} onClick={() => step(-1)}>‹</button>
          <select id="slot" value={String(place.slot ?? '')} onChange={(event) => change({ slot: Number(event.currentTarget.value) })}>
            {slots.length === 0 && place.slot !== null && <option value={String(place.slot)}>#{place.slot}</option>}
            {slots.map((each) => <option key={each.slot} value={String(each.slot)}>{each.label}</option>)}
          </select>
          <button type="button" data-rel="next" aria-label={words.next} disabled={index < 0 || index >= slots.length - 1} onClick={() => step(1)}>›</button>
        </span>
      </div>
      <label class="field">
        <span>{words.chain.expiry}</span>
        <select value={expiry} onChange={(event) => change({ expiry: event.currentTarget.value })}>
          {expiries.map((each) => (
            <option key={each} value={each}>{each} · {words.chain.days(daysBetween(place.date ?? each, each))}</option>
          ))}
        </select>
      </label>
    </form>
  );
}

function ChainBody({ chain, place, revision }: { chain: Chain; place: Place; revision: number }) {
  const words = useWords();
  const expiries = useMemo(() => expiriesOf(chain), [chain]);
  const expiry = place.expiry !== null && expiries.includes(place.expiry) ? place.expiry : (expiries[0] ?? '');
  const usable = chain.rows.filter((row) => row.expiry === expiry && row.usable).length;
  const all = chain.rows.filter((row) => row.expiry === expiry).length;
  const back = linkTo({ ...place, expiry, conid: null });
  if (chain.rows.length === 0) return <Empty next={words.chain.noneNext}>{words.chain.noRows}</Empty>;
  return (
    <>
      <Section
        title={words.chain.caption(chain.symbol, expiry, chain.label, chain.date)} note={`${words.chain.unitNote} ${words.chain.contractHint}`}
        aside={<span class="faint n">{words.chain.usableOf(count(usable), count(all))}</span>}
      >
        <ChainTable chain={chain} expiry={expiry} conid={place.conid} link={(conid) => linkTo({ ...place, expiry, conid })} />
      </Section>
      {place.conid !== null && <ContractPanel date={chain.date} conid={place.conid} revision={revision} back={back} />}
      <Smile key={chain.symbol} chain={chain} expiry={expiry} />
      <SurfaceTable chain={chain} />
    </>
  );
}
