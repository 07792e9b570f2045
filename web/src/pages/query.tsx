// A question in SQL, and tables to take away.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Table, Tables } from '../api';
import { ApiProblem, ask, root, useData } from '../client';
import { count, duration } from '../format';
import { status } from '../live';
import { Answer, Empty, ProblemBox, Scroll, Section } from '../parts/basic';
import { useTitle } from '../parts/title';
import { isDate } from '../route';
import { remember, remembered, useStore } from '../store';
import { useWords } from '../words';

const examples = [
  'SELECT slot_30m, min(sample_time_et) AS slot_new_york, count(*) AS "rows" FROM intraday GROUP BY 1 ORDER BY 1',
  'SELECT symbol, sample_time_et, bid, ask, ask - bid AS spread_usd FROM intraday ORDER BY spread_usd DESC NULLS LAST LIMIT 20',
  'SELECT rollup_strategy, count(*) AS "rows" FROM daily_clean GROUP BY 1 ORDER BY 2 DESC',
  'SELECT unnest(data_quality_flag) AS flag, count(*) AS "rows" FROM intraday GROUP BY 1 ORDER BY 2 DESC',
];
const views = ['raw_intraday', 'intraday', 'daily_clean', 'daily_adjusted', 'enrichment'];
const formats = ['csv', 'parquet', 'json'] as const;
type Format = (typeof formats)[number];
const shownMost = 500;

export function QueryPage() {
  const words = useWords();
  const told = useStore(status);
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  useTitle(words.query.title);
  // The days of the last session, until somebody says otherwise.
  const latest = told?.latest_verdict?.date ?? told?.session.date;
  useEffect(() => {
    if (latest === undefined) return;
    setFrom((before) => before || latest);
    setTo((before) => before || latest);
  }, [latest]);
  const span = (
    <>
      <label class="field">
        <span>{words.query.from}</span>
        <input type="date" required value={from} onChange={(event) => isDate(event.currentTarget.value) && setFrom(event.currentTarget.value)} />
      </label>
      <label class="field">
        <span>{words.query.to}</span>
        <input type="date" required value={to} min={from} onChange={(event) => isDate(event.currentTarget.value) && setTo(event.currentTarget.value)} />
      </label>
    </>
  );
  return (
    <>
      <div class="page-head">
        <h1>{words.query.title}</h1>
      </div>
      <Question from={from} to={to} span={span} />
      <Downloads from={from} to={to} />
    </>
  );
}

interface QuestionProps {
  from: string;
  to: string;
  span: preact.ComponentChildren;
}

function Question({ from, to, span }: QuestionProps) {
  const words = useWords();
  const [sql, setSql] = useState(remembered('sql') ?? examples[0] ?? '');
  const [table, setTable] = useState<Table | null>(null);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const [asking, setAsking] = useState(false);
  const stop = useRef<AbortController | null>(null);
  useEffect(() => () => stop.current?.abort(), []);

  const send = async (format: Format): Promise<Response> => {
    stop.current?.abort();
    const mine = new AbortController();
    stop.current = mine;
    const body = JSON.stringify({ sql, from, to, format });
    return ask('/query', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body, signal: mine.signal });
  };
  const attempt = async (doing: () => Promise<void>) => {
    setAsking(true);
    setProblem(null);
    try {
      await doing();
    } catch (thrown) {
      if (thrown instanceof ApiProblem) setProblem(thrown);
    } finally {
      setAsking(false);
    }
  };
  const run = () => attempt(async () => {
    remember('sql', sql);
    setTable((await (await send('json')).json()) as Table);
  });
  const download = (format: Format) => attempt(async () => {
    const url = URL.createObjectURL(await (await send(format)).blob());
    const link = document.createElement('a');
    link.href = url;
    link.download = `opt-data-${from}-${to}.${format}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  });
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    void run();
  };

  return (
    <>
      <form
        class="question"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <label class="field">
          <span>
            {words.query.sql} <span class="faint">· {words.query.views}: {views.map((view) => <code key={view}>{view} </code>)}</span>
          </span>
          <textarea rows={5} spellcheck={false} value={sql} onInput={(event) => setSql(event.currentTarget.value)} onKeyDown={onKey} />
        </label>
        <div class="picker">
          {span}
          <button type="submit" class="primary" disabled={asking || from === ''}>{asking ? words.query.running : words.query.run}</button>
          <span class="faint picker-note">{words.query.hint}. {words.query.note}</span>
        </div>
        <div class="chips" role="group" aria-label={words.query.examples}>
          <span class="faint">{words.query.examples}</span>
          {examples.map((example, index) => (
            <button key={example} type="button" title={example} onClick={() => setSql(example)}>{words.query.exampleNames[index]}</button>
          ))}
        </div>
      </form>
      {problem && <ProblemBox problem={problem} />}
      {table && (
        <Section
          title={words.query.took(duration(words, table.seconds), count(table.rows.length))}
          aside={
            <div class="segments" role="group" aria-label={words.query.download}>
              {formats.map((format) => (
                <button key={format} type="button" disabled={asking} onClick={() => void download(format)}>↓ {format.toUpperCase()}</button>
              ))}
            </div>
          }
        >
          {table.truncated && <p class="note mark unknown">▲ {words.query.truncated}</p>}
          <ResultTable table={table} />
        </Section>
      )}
    </>
  );
}

function cellText(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const numeric = /^(TINY|SMALL|BIG|HUGE|U?)*(INT|INTEGER|BIGINT|DOUBLE|FLOAT|DECIMAL)/;

function ResultTable({ table }: { table: Table }) {
  const words = useWords();
  if (table.rows.length === 0) return <Empty>{words.query.empty}</Empty>;
  const kind = table.types.map((type) => (numeric.test(type) ? 'n' : 'keep'));
  return (
    <>
      <Scroll label={words.query.title} class="tall-box">
        <table class="result">
          <thead>
            <tr>
              {table.columns.map((column, index) => (
                <th key={index} scope="col" class={`type-head ${kind[index] ?? ''}`} title={table.types[index]}>
                  {column} <span class="type">{table.types[index]}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {table.rows.slice(0, shownMost).map((row, r) => (
              <tr key={r}>
                {row.map((value, c) => (
                  <td key={c} class={kind[c]}>{value === null ? <span class="absent">{words.query.nullCell}</span> : cellText(value)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {table.rows.length > shownMost && <p class="note">{words.query.shownFirst(count(shownMost), count(table.rows.length))}</p>}
    </>
  );
}

function Downloads({ from, to }: { from: string; to: string }) {
  const words = useWords();
  const tables = useData<Tables>('/tables');
  const [name, setName] = useState('intraday');
  const [symbols, setSymbols] = useState('');
  const [slot, setSlot] = useState('');
  const link = (format: Format) => {
    const query = new URLSearchParams({ from, to, format });
    if (symbols.trim() !== '') query.set('symbols', symbols.toUpperCase().replace(/\s+/g, ''));
    if (/^\d+$/.test(slot)) query.set('slot', slot);
    return `${root}/tables/${encodeURIComponent(name)}?${query.toString()}`;
  };
  return (
    <Section title={words.query.downloadTables}>
      <Answer of={tables} lines={6}>
        {(data) => {
          const table = data.tables.find((each) => each.name === name) ?? data.tables[0];
          return (
            <>
              <div class="picker">
                <label class="field">
                  <span>{words.query.table}</span>
                  <select value={table?.name ?? ''} onChange={(event) => setName(event.currentTarget.value)}>
                    {data.tables.map((each) => <option key={each.name} value={each.name}>{each.name}</option>)}
                  </select>
                </label>
                <label class="field">
                  <span>{words.query.symbols}</span>
                  <input type="text" placeholder={words.query.symbolsHint} value={symbols} onInput={(event) => setSymbols(event.currentTarget.value)} />
                </label>
                <label class="field narrow">
                  <span>{words.query.slot}</span>
                  <input type="text" inputMode="numeric" pattern="[0-9]*" placeholder={words.query.slotHint} value={slot} onInput={(event) => setSlot(event.currentTarget.value)} />
                </label>
                <div class="segments">
                  {formats.map((format) => (
                    <a key={format} class="button" download={`${name}-${from}-${to}.${format}`} href={link(format)}>↓ {format.toUpperCase()}</a>
                  ))}
                </div>
              </div>
              {table && (
                <details>
                  <summary>{words.query.columns}: {table.columns.length}</summary>
                  <Scroll label={words.query.columns} class="tall-box">
                    <table>
                      <thead>
                        <tr>
                          <th scope="col">{words.query.column}</th>
                          <th scope="col">{words.query.type}</th>
                          <th scope="col">{words.query.required}</th>
                          <th scope="col">{words.query.meaning}</th>
                        </tr>
                      </thead>
                      <tbody>
                        {table.columns.map((column) => (
                          <tr key={column.name}>
                            <th scope="row"><code>{column.name}</code></th>
                            <td class="keep"><code>{column.type}</code></td>
                            <td>{column.required ? words.query.yes : words.query.no}</td>
                            <td class="wide">{column.meaning}</td>
                          </tr>
                        ))}
                      </tbody>
                    </table>
                  </Scroll>
                </details>
              )}
            </>
          );
        }}
      </Answer>
    </Section>
  );
}
