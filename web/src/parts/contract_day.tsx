// One contract through the day: what was quoted in each slot.
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { ContractDay } from '../api';
import { useData } from '../client';
import { count, fixed, percent, signed, strikeText } from '../format';
import { useWords } from '../words';
import { Absent, Answer, Moment, Or, Scroll, Section } from './basic';
import { Chart, type Line } from './chart';

interface Props {
  date: string;
  conid: number;
  revision: number;
  back: string;
}

export function ContractPanel({ date, conid, revision, back }: Props) {
  const words = useWords();
  const day = useData<ContractDay>(`/days/${date}/contracts/${conid}`, revision);
  const box = useRef<HTMLDivElement>(null);
  const head = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    box.current?.scrollIntoView({ block: 'nearest' });
    head.current?.focus({ preventScroll: true });
  }, [conid]);
  const data = day.data;
  const title = data === null ? words.chain.contract
    : `${data.symbol} ${data.expiry} ${strikeText(data.strike)} ${data.right === 'C' ? words.chain.call : words.chain.put}`;
  return (
    <div ref={box} class="contract-panel">
      <Section title={title} aside={<a class="button" ref={head} href={back}>{words.close}</a>}>
        <Answer of={day} lines={10}>{(answer) => <ContractBody day={answer} />}</Answer>
      </Section>
    </div>
  );
}

function ContractBody({ day }: { day: ContractDay }) {
  const words = useWords();
  const points = day.points;
  const { x, prices, ivs } = useMemo(() => {
    const line = (label: string, tone: number, pick: (point: ContractDay['points'][number]) => number | null, dash: number[], format: (v: number) => string): Line => ({
      label, tone, dash, points: true, format, values: points.map(pick),
    });
    const usd = (value: number) => fixed(value, 2);
    return {
      x: points.map((point) => point.slot),
      prices: [
        line(words.chain.bid, 0, (point) => point.bid, [6, 3], usd),
        line(words.chain.ask, 1, (point) => point.ask, [2, 3], usd),
        line(words.chain.mid, 2, (point) => point.mid, [], usd),
      ],
      ivs: [line(words.chain.iv, 3, (point) => point.iv, [], (value) => percent(value))],
    };
  }, [points, words]);
  const label = (value: number) => points.find((point) => point.slot === value)?.label ?? '';
  const name = `${day.symbol} ${day.expiry} ${strikeText(day.strike)} ${day.right}`;
  return (
    <>
      <p class="note">
        {words.chain.conid} {day.conid} · {words.chain.tradingClass} {day.trading_class} · {day.date}
      </p>
      <div class="columns">
        <figure>
          <figcaption>{words.chain.priceChart}</figcaption>
          <Chart
            x={x} xLabel={words.chain.time} xFormat={label} yLabel={words.units.perShare} yFormat={(value) => fixed(value, 2)} lines={prices}
            height={240} describe={`${name}: ${words.chain.priceChart}`}
          />
        </figure>
        <figure>
          <figcaption>{words.chain.ivChart}</figcaption>
          <Chart
            x={x} xLabel={words.chain.time} xFormat={label} yLabel={`% ${words.units.iv}`} yFormat={(value) => fixed(value * 100, 1)} lines={ivs}
            height={240} describe={`${name}: ${words.chain.ivChart}`}
          />
        </figure>
      </div>
      <PointTable day={day} />
    </>
  );
}

function PointTable({ day }: { day: ContractDay }) {
  const words = useWords();
  const absent = (value: number | null, why: string, text: (value: number) => string) => (value === null ? <Absent why={why} /> : text(value));
  return (
    <Scroll label={words.chain.contract}>
      <table class="points">
        <thead>
          <tr>
            <th scope="col">{words.chain.time}</th>
            <th scope="col" class="n">{words.chain.bid}</th>
            <th scope="col" class="n">{words.chain.ask}</th>
            <th scope="col" class="n">{words.chain.mid}</th>
            <th scope="col" class="n">{words.chain.last}</th>
            <th scope="col" class="n">{words.chain.iv}</th>
            <th scope="col" class="n">{words.chain.delta}</th>
            <th scope="col" class="n">{words.chain.volume}</th>
            <th scope="col" class="n">{words.chain.oi}</th>
            <th scope="col" class="n">{words.chain.underlying}</th>
            <th scope="col" class="n">{words.chain.asOf}</th>
            <th scope="col">{words.chain.flags}</th>
          </tr>
        </thead>
        <tbody>
          {day.points.map((point) => (
            <tr key={point.slot} class={point.usable ? '' : 'unusable'}>
              <th scope="row" class="t">{point.label}</th>
              <td class="n">{absent(point.bid, words.chain.noQuote, (value) => fixed(value, 2))}</td>
              <td class="n">{absent(point.ask, words.chain.noQuote, (value) => fixed(value, 2))}</td>
              <td class="n">{absent(point.mid, words.chain.noQuote, (value) => fixed(value, 3))}</td>
              <td class="n">{absent(point.last, words.chain.noQuote, (value) => fixed(value, 2))}</td>
              <td class="n">{absent(point.iv, words.chain.noIv, (value) => percent(value))}</td>
              <td class="n">{absent(point.delta, words.chain.noDelta, (value) => signed(value, 3))}</td>
              <td class="n">{absent(point.volume, words.chain.noQuote, count)}</td>
              <td class="n">{absent(point.open_interest, words.oiStates[point.oi_state ?? ''] ?? words.chain.noOi, count)}</td>
              <td class="n">{absent(point.underlying_last, words.chain.noUnderlying, (value) => fixed(value, 2))}</td>
              <td class="n keep"><Or value={point.as_of} why={words.chain.noQuote}>{(at) => <Moment at={at} seconds />}</Or></td>
              <td class="keep">
                {!point.usable && <span class="flag bad" title={words.causes['unusable']}>✕</span>}
                {point.flags.map((flag) => <abbr key={flag} class="flag" title={`${flag}: ${words.flags[flag]?.[1] ?? ''}`}>{words.flags[flag]?.[0] ?? flag}</abbr>)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
