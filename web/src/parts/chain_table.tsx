// Calls, strike, puts: one row for each strike of one expiry.
import { useEffect } from 'preact/hooks';
import type { Quote } from '../api';
import { strikeRows, spotOf, type StrikeRow } from '../chain';
import type { Chain } from '../api';
import { count, fixed, percent, signed, strikeText } from '../format';
import { go } from '../route';
import { useWords, type Words } from '../words';
import { Absent, Empty } from './basic';
import { gridStep, useRoving } from './roving';

interface Props {
  chain: Chain;
  expiry: string;
  conid: number | null;
  link: (conid: number) => string;
}

export function ChainTable({ chain, expiry, conid, link }: Props) {
  const words = useWords();
  const { ref, onFocusIn, onKeyDown } = useRoving<HTMLTableElement>('a[data-r]', gridStep);
  const rows = strikeRows(chain, expiry);
  const spot = spotOf(chain);
  const classes = new Set(rows.map((row) => row.trading_class));
  const below = spot === null ? -1 : rows.filter((row) => row.strike < spot).length;
  // A chain is read from the middle.
  useEffect(() => {
    const box = ref.current?.parentElement;
    const middle = ref.current?.querySelector<HTMLElement>('.spot-row');
    if (!box || !middle) return;
    box.scrollTop = middle.offsetTop - box.clientHeight / 2;
    box.scrollLeft = (box.scrollWidth - box.clientWidth) / 2;
  }, [chain.symbol, expiry, chain.date]);
  if (rows.length === 0) return <Empty next={words.chain.noneNext}>{words.chain.noRows}</Empty>;
  const open = (event: MouseEvent) => {
    const cell = event.target as HTMLElement;
    if (cell.closest('a') !== null) return;
    const found = cell.closest<HTMLElement>('td[data-conid]')?.dataset['conid'];
    if (found) go(link(Number(found)));
  };
  const side = [words.chain.flags, words.chain.oi, words.chain.delta, words.chain.iv, words.chain.bid, words.chain.ask];
  const mirrored = [words.chain.bid, words.chain.ask, words.chain.iv, words.chain.delta, words.chain.oi, words.chain.flags];
  return (
    <>
      <div class="scroll chain-box">
        <table class="chain" ref={ref} onFocusIn={onFocusIn} onKeyDown={onKeyDown} onClick={open}>
          <caption class="unseen">{words.chain.caption(chain.symbol, expiry, chain.label, chain.date)}</caption>
          <thead>
            <tr>
              <th scope="colgroup" colSpan={6} class="side">{words.chain.calls}</th>
              <th />
              <th scope="colgroup" colSpan={6} class="side">{words.chain.puts}</th>
            </tr>
            <tr>
              {side.map((name, index) => <th key={name} scope="col" class={index === 0 ? '' : 'n'}>{name}</th>)}
              <th scope="col" class="strike">{words.chain.strike}</th>
              {mirrored.map((name, index) => <th key={name} scope="col" class={index === 5 ? '' : 'n'}>{name}</th>)}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              <StrikeLine
                key={`${row.trading_class} ${row.strike}`} row={row} index={index} spot={spot} conid={conid} link={link} words={words}
                symbol={chain.symbol} expiry={expiry} firstAbove={index === below} showClass={classes.size > 1}
              />
            ))}
          </tbody>
        </table>
      </div>
      <FlagLegend quotes={chain.rows.filter((row) => row.expiry === expiry)} words={words} />
    </>
  );
}

interface LineProps {
  row: StrikeRow;
  index: number;
  spot: number | null;
  conid: number | null;
  link: (conid: number) => string;
  words: Words;
  symbol: string;
  expiry: string;
  firstAbove: boolean;
  showClass: boolean;
}

function StrikeLine({ row, index, spot, conid, link, words, symbol, expiry, firstAbove, showClass }: LineProps) {
  const shared = { words, conid, link, row: index, name: `${symbol} ${expiry} ${strikeText(row.strike)}` };
  return (
    <>
      {firstAbove && spot !== null && (
        <tr class="spot-row">
          <td colSpan={6}><span>{words.chain.spot}</span></td>
          <td class="n"><b>{fixed(spot, 2)}</b></td>
          <td colSpan={6}><span>{words.usd}</span></td>
        </tr>
      )}
      <tr>
        <HalfRow quote={row.call} {...shared} column={0} inside={spot !== null && row.strike < spot} side="call" />
        <th scope="row" class="strike n">
          {strikeText(row.strike)}
          {showClass && <span class="faint class">{row.trading_class}</span>}
        </th>
        <HalfRow quote={row.put} {...shared} column={1} inside={spot !== null && row.strike > spot} side="put" />
      </tr>
    </>
  );
}

interface HalfProps {
  quote: Quote | null;
  words: Words;
  conid: number | null;
  link: (conid: number) => string;
  row: number;
  column: number;
  inside: boolean;
  side: 'call' | 'put';
  name: string;
}

function HalfRow({ quote, words, conid, link, row, column, inside, side, name }: HalfProps) {
  if (quote === null)
    return <td colSpan={6} class="no-contract"><Absent why={words.verdict.nothing} /></td>;
  const kind = [inside ? 'inside' : '', quote.conid === conid ? 'chosen' : '', quote.usable ? '' : 'unusable', side].join(' ');
  const price = (value: number | null, size: number | null) =>
    value === null ? <Absent why={words.chain.noQuote} /> : <span title={size === null ? '' : `${words.chain.size} ${count(size)} ${words.contracts}`}>{fixed(value, 2)}</span>;
  const cells = [
    <td key="flags" class={kind + ' flags'} data-conid={quote.conid}><Flags quote={quote} words={words} /></td>,
    <td key="oi" class={kind + ' n'} data-conid={quote.conid}>
      {quote.open_interest === null ? <Absent why={words.oiStates[quote.oi_state ?? ''] ?? words.chain.noOi} /> : count(quote.open_interest)}
    </td>,
    <td key="delta" class={kind + ' n'} data-conid={quote.conid}>{quote.delta === null ? <Absent why={words.chain.noDelta} /> : signed(quote.delta, 2)}</td>,
    <td key="iv" class={kind + ' n'} data-conid={quote.conid}>{quote.iv === null ? <Absent why={words.chain.noIv} /> : percent(quote.iv)}</td>,
    <td key="bid" class={kind + ' n'} data-conid={quote.conid}>
      <a
        href={link(quote.conid)} data-r={row} data-c={column} tabIndex={-1} aria-label={words.chain.openContract(`${name} ${words.chain[side]}`)}
        {...(quote.conid === conid ? { 'aria-current': 'true' as const } : {})}
      >
        {price(quote.bid, quote.bid_size)}
      </a>
    </td>,
    <td key="ask" class={kind + ' n'} data-conid={quote.conid}>{price(quote.ask, quote.ask_size)}</td>,
  ];
  const order = side === 'call' ? [0, 1, 2, 3, 4, 5] : [4, 5, 3, 2, 1, 0];
  return <>{order.map((each) => cells[each])}</>;
}

function Flags({ quote, words }: { quote: Quote; words: Words }) {
  return (
    <>
      {!quote.usable && <span class="flag bad" title={words.causes['unusable']}>✕</span>}
      {quote.flags.map((flag) => {
        const term = words.flags[flag];
        return <abbr key={flag} class="flag" title={term ? `${flag}: ${term[1]}` : flag}>{term?.[0] ?? flag}</abbr>;
      })}
    </>
  );
}

function FlagLegend({ quotes, words }: { quotes: Quote[]; words: Words }) {
  const seen = [...new Set(quotes.flatMap((quote) => quote.flags))];
  const unusable = quotes.some((quote) => !quote.usable);
  if (seen.length === 0 && !unusable) return null;
  return (
    <ul class="flag-legend" aria-label={words.chain.flagLegend}>
      {unusable && <li><span class="flag bad">✕</span> {words.causes['unusable']}</li>}
      {seen.map((flag) => (
        <li key={flag}>
          <span class="flag">{words.flags[flag]?.[0] ?? flag}</span> {words.flags[flag]?.[1] ?? flag}{' '}
          <span class="faint n">{quotes.filter((quote) => quote.flags.includes(flag)).length}</span>
        </li>
      ))}
    </ul>
  );
}
