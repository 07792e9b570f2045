// Implied volatility over strike, for the expiries that were chosen.
import { useMemo, useState } from 'preact/hooks';
import type { Chain } from '../api';
import { expiriesOf, smileOf, spotOf, type Side } from '../chain';
import { daysBetween, fixed, percent, strikeText } from '../format';
import { useWords } from '../words';
import { Empty, Section } from './basic';
import { Chart, dashOf, type Line } from './chart';

const sides: readonly Side[] = ['otm', 'C', 'P'];
const most = 8;

function spread(expiries: string[], chosen: string): string[] {
  const picked = new Set([chosen]);
  for (const part of [0, 0.33, 0.66, 1]) {
    const at = expiries[Math.round(part * (expiries.length - 1))];
    if (at !== undefined && picked.size < 4) picked.add(at);
  }
  return expiries.filter((expiry) => picked.has(expiry));
}

export function Smile({ chain, expiry }: { chain: Chain; expiry: string }) {
  const words = useWords();
  const expiries = useMemo(() => expiriesOf(chain), [chain]);
  const [picked, setPicked] = useState<string[] | null>(null);
  const [side, setSide] = useState<Side>('otm');
  const shown = picked ?? spread(expiries, expiry);
  const spot = spotOf(chain);
  const plot = useMemo(() => {
    const smiles = expiries.map((each) => ({ expiry: each, points: smileOf(chain, each, side) })).filter(({ expiry }) => shown.includes(expiry));
    const strikes = [...new Set(smiles.flatMap((smile) => smile.points.map((point) => point.strike)))].sort((a, b) => a - b);
    const lines = smiles.map(({ expiry, points }, index): Line => {
      const byStrike = new Map(points.map((point) => [point.strike, point.iv]));
      return {
        label: expiry, values: strikes.map((strike) => byStrike.get(strike) ?? null), tone: index, dash: dashOf(index), points: true,
        format: (value) => percent(value),
      };
    });
    return { strikes, lines };
  }, [chain, side, shown.join(' ')]);
  const toggle = (each: string) => {
    const next = shown.includes(each) ? shown.filter((other) => other !== each) : [...shown, each];
    setPicked(next.slice(-most));
  };
  const tools = (
    <div class="segments" role="group" aria-label={words.chain.side}>
      {sides.map((each) => (
        <button key={each} type="button" aria-pressed={side === each} onClick={() => setSide(each)}>{words.chain.smileSide[each]}</button>
      ))}
    </div>
  );
  return (
    <Section title={words.chain.smile} aside={tools} note={side === 'otm' ? words.chain.smileNote : ''}>
      <div class="chips" role="group" aria-label={words.chain.pickExpiries}>
        {expiries.map((each) => (
          <button key={each} type="button" class="n" aria-pressed={shown.includes(each)} onClick={() => toggle(each)}>
            {each} <span class="faint">{words.chain.days(daysBetween(chain.date, each))}</span>
          </button>
        ))}
      </div>
      {plot.strikes.length === 0 ? <Empty next={words.chain.noneNext}>{words.chain.noSmile}</Empty> : (
        <Chart
          x={plot.strikes} xLabel={`${words.chain.strike}, ${words.usd}`} xFormat={strikeText} yLabel={`${words.chain.iv}, % ${words.units.iv}`}
          yFormat={(value) => fixed(value * 100, 0)} lines={plot.lines} height={300}
          marker={spot === null ? null : { at: spot, label: `${chain.symbol} ${fixed(spot, 2)}` }}
          describe={`${words.chain.smile}: ${chain.symbol}, ${shown.join(', ')}`}
        />
      )}
    </Section>
  );
}
