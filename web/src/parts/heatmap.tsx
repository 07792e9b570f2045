// Coverage, underlying by slot: usable of expected in each cell, and the cause where one is missing.
import { useMemo, useState } from 'preact/hooks';
import type { Cell, Day } from '../api';
import { count, percent, share } from '../format';
import { createStore, useStore, type Store } from '../store';
import { causeText, useWords, type Words } from '../words';
import { Empty, Section } from './basic';
import { gridStep, useRoving } from './roving';

// Which of the five colours; 0 where nothing was planned.
export function shadeOf(usable: number, expected: number): number {
  if (expected <= 0) return 0;
  const part = usable / expected;
  return part >= 0.99 ? 5 : part >= 0.95 ? 4 : part >= 0.9 ? 3 : part >= 0.5 ? 2 : 1;
}

interface Row {
  symbol: string;
  cells: (Cell | null)[];
  usable: number;
  expected: number;
  lowest: number;
}

function rowsOf(day: Day): Row[] {
  const rows = new Map<string, Row>();
  for (const cell of day.slots) {
    let row = rows.get(cell.symbol);
    if (row === undefined) {
      row = { symbol: cell.symbol, cells: day.slot_labels.map(() => null), usable: 0, expected: 0, lowest: 1 };
      rows.set(cell.symbol, row);
    }
    row.cells[cell.slot] = cell;
    row.usable += cell.usable;
    row.expected += cell.expected;
    if (cell.expected > 0) row.lowest = Math.min(row.lowest, cell.usable / cell.expected);
  }
  return [...rows.values()];
}

function describe(words: Words, cell: Cell | null, symbol: string, label: string): string {
  if (cell === null || cell.expected <= 0) return `${symbol} ${label}: ${words.day.notPlanned}`;
  const head = words.day.cell(symbol, label, count(cell.usable), count(cell.expected), percent(share(cell.usable, cell.expected)));
  const why = cell.cause === '' ? words.day.noCause : causeText(words, cell.cause);
  return `${head}: ${why}`;
}

export function Heatmap({ day }: { day: Day }) {
  const words = useWords();
  const [worstFirst, setWorstFirst] = useState(false);
  const [gapsOnly, setGapsOnly] = useState(false);
  const [whole, setWhole] = useState(false);
  const pointed = useMemo(() => createStore(''), []);
  const all = useMemo(() => rowsOf(day), [day]);
  const rows = useMemo(() => {
    const kept = gapsOnly ? all.filter((row) => row.usable < row.expected) : all;
    return worstFirst ? [...kept].sort((a, b) => a.lowest - b.lowest || share(a.usable, a.expected) - share(b.usable, b.expected)) : kept;
  }, [all, worstFirst, gapsOnly]);
  if (all.length === 0)
    return (
      <Section title={words.day.coverage}>
        <Empty>{words.day.noCoverage}</Empty>
      </Section>
    );
  const tools = (
    <>
      <label class="check">
        <input type="checkbox" checked={worstFirst} onChange={(event) => setWorstFirst(event.currentTarget.checked)} /> {words.day.worstFirst}
      </label>
      <label class="check">
        <input type="checkbox" checked={gapsOnly} onChange={(event) => setGapsOnly(event.currentTarget.checked)} /> {words.day.gapsOnly}
      </label>
      <Scale />
    </>
  );
  const most = 60;
  const shown = whole ? rows : rows.slice(0, most);
  return (
    <Section title={words.day.coverage} aside={tools} note={words.day.coverageNote}>
      {rows.length === 0 ? <Empty>{words.day.noGapsLeft}</Empty> : <HeatTable day={day} rows={shown} all={all} pointed={pointed} />}
      {shown.length < rows.length && (
        <button type="button" onClick={() => setWhole(true)}>{words.showAll(count(rows.length))}</button>
      )}
      <Pointed store={pointed} />
    </Section>
  );
}

function Scale() {
  const steps = ['< 50 %', '50', '90', '95', '≥ 99 %'];
  return (
    <span class="scale" aria-hidden="true">
      {steps.map((step, index) => <span key={step} class={`k${index + 1}`}>{step}</span>)}
    </span>
  );
}

function Pointed({ store }: { store: Store<string> }) {
  const words = useWords();
  const text = useStore(store);
  return <p class="pointed">{text === '' ? words.day.point : text}</p>;
}

function HeatTable({ day, rows, all, pointed }: { day: Day; rows: Row[]; all: Row[]; pointed: Store<string> }) {
  const words = useWords();
  const { ref, onFocusIn, onKeyDown } = useRoving<HTMLTableElement>('td[data-r]', gridStep, rows.map((row) => row.symbol).join(' '));
  const point = (event: Event) => {
    const text = (event.target as HTMLElement).closest<HTMLElement>('td[data-r]')?.getAttribute('aria-label');
    if (text) pointed.set(text);
  };
  const focus = (event: FocusEvent) => {
    onFocusIn(event);
    point(event);
  };
  const totals = day.slot_labels.map((_, slot) =>
    all.reduce((sum, row) => ({ usable: sum.usable + (row.cells[slot]?.usable ?? 0), expected: sum.expected + (row.cells[slot]?.expected ?? 0) }),
      { usable: 0, expected: 0 }));
  return (
    <div class="scroll heat-box">
      <table class="heat" role="grid" aria-label={words.day.coverage} ref={ref} onFocusIn={focus} onKeyDown={onKeyDown} onMouseOver={point}>
        <thead>
          <tr>
            <th scope="col">{words.day.symbol}</th>
            {day.slot_labels.map((label) => <th key={label} scope="col" class="n">{label}</th>)}
            <th scope="col" class="n">{words.day.lowest}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, r) => (
            <tr key={row.symbol}>
              <th scope="row">{row.symbol}</th>
              {row.cells.map((cell, slot) => (
                <HeatCell key={slot} cell={cell} r={r} c={slot} text={describe(words, cell, row.symbol, day.slot_labels[slot] ?? '')} />
              ))}
              <td class="n lowest">{row.expected > 0 ? percent(row.lowest) : '–'}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{words.day.everything}</th>
            {totals.map((total, slot) => (
              <td key={slot} class="n">{total.expected > 0 ? percent(share(total.usable, total.expected)) : '–'}</td>
            ))}
            <td />
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

function HeatCell({ cell, r, c, text }: { cell: Cell | null; r: number; c: number; text: string }) {
  const planned = cell !== null && cell.expected > 0;
  const shade = cell === null ? 0 : shadeOf(cell.usable, cell.expected);
  const odd = planned && cell.cause !== '' ? ' gap' : '';
  return (
    <td class={`k${shade}${odd}`} data-r={r} data-c={c} tabIndex={-1} title={text} aria-label={text}>
      {planned ? `${cell.usable}/${cell.expected}` : '–'}
    </td>
  );
}
