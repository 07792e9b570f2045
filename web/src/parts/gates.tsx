// What was measured, what was wanted, and why it is not enough.
import type { Gate } from '../api';
import { count, fixed } from '../format';
import { useWords } from '../words';
import { Empty, Or, Section } from './basic';
import { GateVerdict } from './verdict';

const signs = { '>=': '≥', '<=': '≤', '<': '<' };

function ratio(value: number): string {
  return fixed(Math.floor(value * 10000 + 1e-9) / 100, 2) + ' %';
}

// Where the value lies between 0 and 1, and where it should.
function Gauge({ gate }: { gate: Gate }) {
  const atLeast = gate.comparator === '>=';
  const good = atLeast ? { left: `${gate.threshold * 100}%`, right: '0' } : { left: '0', right: `${(1 - gate.threshold) * 100}%` };
  const value = gate.value === null ? null : Math.max(0, Math.min(1, gate.value));
  return (
    <span class="gauge" aria-hidden="true">
      <span class="gauge-good" style={good} />
      {value !== null && <span class={'gauge-value ' + gate.verdict} style={{ left: `${value * 100}%` }} />}
    </span>
  );
}

export function Gates({ gates }: { gates: Gate[] }) {
  const words = useWords();
  return (
    <Section title={words.day.gates}>
      {gates.length === 0 && <Empty>{words.day.nothingMeasured}</Empty>}
      <div class="gates">
        {gates.map((gate) => {
          const term = words.gates[gate.name];
          return (
            <article key={gate.name} class={'gate ' + gate.verdict}>
              <div class="gate-head">
                <h3>{term?.name ?? gate.name}</h3>
                <GateVerdict verdict={gate.verdict} />
              </div>
              <p class="gate-figure n">
                <b><Or value={gate.value} why={words.day.notMeasured}>{ratio}</Or></b>
                <span>
                  {words.day.wanted} {signs[gate.comparator]} {ratio(gate.threshold)}
                </span>
              </p>
              <Gauge gate={gate} />
              <p class="faint n gate-of">
                {gate.of > 0 && words.day.of(count(gate.met), count(gate.of))}
                {gate.symbol !== '' && <span> · {words.day.lowestSymbol(gate.symbol)}</span>}
              </p>
              <p class="faint gate-meaning">{term?.meaning} <code>{gate.name}</code></p>
              <GateCauses causes={gate.causes} open={gate.verdict === 'fail'} />
            </article>
          );
        })}
      </div>
    </Section>
  );
}

function GateCauses({ causes, open }: { causes: string[]; open: boolean }) {
  const words = useWords();
  if (causes.length === 0) return null;
  const first = causes.slice(0, 3);
  const rest = causes.slice(3);
  const list = (part: string[]) => <ul class="causes">{part.map((cause) => <li key={cause}>{cause}</li>)}</ul>;
  if (!open) return <details><summary>{words.day.causes(causes.length)}</summary>{list(causes)}</details>;
  return (
    <>
      {list(first)}
      {rest.length > 0 && <details><summary>{words.day.moreCauses(rest.length)}</summary>{list(rest)}</details>}
    </>
  );
}
