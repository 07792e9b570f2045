// Implied volatility of every expiry, as numbers with a shade.
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Chain } from '../api';
import { spotOf, surfaceOf, type SmilePoint } from '../chain';
import { daysBetween, fixed, percent, strikeText } from '../format';
import { useWords } from '../words';
import { Absent, Empty, Section } from './basic';
import { gridStep, useRoving } from './roving';

const shades = 7;

export function SurfaceTable({ chain }: { chain: Chain }) {
  const words = useWords();
  const [by, setBy] = useState<'moneyness' | 'strike'>('moneyness');
  const [pointed, setPointed] = useState('');
  const surface = useMemo(() => surfaceOf(chain, by), [chain, by]);
  const { ref, onFocusIn, onKeyDown } = useRoving<HTMLTableElement>('td[data-r]', gridStep);
  const point = (event: Event) => setPointed((event.target as HTMLElement).closest('td[data-r]')?.getAttribute('aria-label') ?? '');
  // The middle is what one looks for first; on a narrow screen it would be out of sight.
  useEffect(() => {
    const box = ref.current?.parentElement;
    const middle = ref.current?.querySelector<HTMLElement>('th.near');
    if (box && middle) box.scrollLeft = middle.offsetLeft - box.clientWidth / 2;
  }, [surface]);
  const shadeOf = (iv: number) => {
    const part = surface.high > surface.low ? (iv - surface.low) / (surface.high - surface.low) : 0;
    return Math.max(0, Math.min(shades - 1, Math.floor(part * shades)));
  };
  const describe = (expiry: string, cell: SmilePoint) =>
    `${expiry}, ${words.chain.strike} ${strikeText(cell.strike)} ${words.usd}, ${cell.quote.right === 'C' ? words.chain.call : words.chain.put}: ${words.chain.iv} ${percent(cell.iv)} ${words.units.iv}`;
  const spot = spotOf(chain);
  const tools = spot !== null && (
    <div class="segments" role="group" aria-label={words.chain.surface}>
      {(['moneyness', 'strike'] as const).map((each) => (
        <button key={each} type="button" aria-pressed={by === each} onClick={() => setBy(each)}>
          {each === 'strike' ? words.chain.byStrike : words.chain.byMoneyness}
        </button>
      ))}
    </div>
  );
  if (surface.columns.length === 0)
    return (
      <Section title={words.chain.surface}>
        <Empty next={words.chain.noneNext}>{words.chain.noSurface}</Empty>
      </Section>
    );
  const near = surface.columns.reduce((best, column, index) => {
    const target = by === 'moneyness' && spot !== null ? 1 : (spot ?? 0);
    return Math.abs(column.at - target) < Math.abs((surface.columns[best]?.at ?? 0) - target) ? index : best;
  }, 0);
  return (
    <Section title={words.chain.surface} aside={tools} note={by === 'moneyness' && spot !== null ? words.chain.surfaceNote : words.chain.surfaceStrikeNote}>
      <div class="scroll heat-box">
        <table
          class="heat surface" role="grid" aria-label={words.chain.surface} ref={ref} onKeyDown={onKeyDown} onMouseOver={point}
          onFocusIn={(event) => {
            onFocusIn(event);
            point(event);
          }}
        >
          <thead>
            <tr>
              <th scope="col">{words.chain.expiry}</th>
              <th scope="col" class="n" />
              {surface.columns.map((column, index) => (
                <th key={column.label} scope="col" class={'n' + (index === near ? ' near' : '')}>{column.label}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {surface.rows.map((row, r) => (
              <tr key={row.expiry}>
                <th scope="row" class="t">{row.expiry}</th>
                <td class="n faint">{words.chain.days(daysBetween(chain.date, row.expiry))}</td>
                {row.cells.map((cell, c) =>
                  cell === null ? (
                    <td key={c} class="v-none" data-r={r} data-c={c} tabIndex={-1} aria-label={words.verdict.nothing}><Absent why={words.verdict.nothing} /></td>
                  ) : (
                    <td key={c} class={`v${shadeOf(cell.iv)}`} data-r={r} data-c={c} tabIndex={-1} title={describe(row.expiry, cell)} aria-label={describe(row.expiry, cell)}>
                      {fixed(cell.iv * 100, 1)}
                    </td>
                  ),
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="pointed">{pointed === '' ? `${percent(surface.low)} – ${percent(surface.high)} ${words.units.iv}` : pointed}</p>
    </Section>
  );
}
