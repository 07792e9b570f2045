// Jobs: what ran, when, for how long and with what outcome.
import type { Run } from '../api';
import { between, count, duration } from '../format';
import { href } from '../route';
import { useWords } from '../words';
import { Moment, Or, Scroll } from './basic';
import { Outcome } from './verdict';

function Counts({ counts }: { counts: Run['counts'] }) {
  const words = useWords();
  const simple = Object.entries(counts).filter(([, value]) => typeof value === 'number' || (typeof value === 'string' && value.length <= 40 && !/^[0-9a-f]{16,}$/.test(value)));
  const text = JSON.stringify(counts, null, 1);
  if (text === '{}' || text === '[]' || text === 'null') return null;
  return (
    <details>
      <summary title={words.runs.counts}>
        {!Array.isArray(counts) && simple.length > 0
          ? simple.slice(0, 3).map(([name, value]) => `${name} ${typeof value === 'number' ? count(value) : String(value)}`).join(', ')
          : words.runs.counts}
      </summary>
      <pre>{text}</pre>
    </details>
  );
}

export function RunTable({ runs, label, dated = true }: { runs: Run[]; label: string; dated?: boolean }) {
  const words = useWords();
  return (
    <Scroll label={label}>
      <table class="runs">
        <thead>
          <tr>
            <th scope="col">{words.runs.started}</th>
            <th scope="col">{words.runs.outcome}</th>
            <th scope="col">{words.runs.kind}</th>
            <th scope="col">{words.runs.job}</th>
            {dated && <th scope="col">{words.runs.date}</th>}
            <th scope="col" class="n">{words.runs.took}</th>
            <th scope="col" class="n">{words.runs.rows}</th>
            <th scope="col" class="n">{words.runs.starts}</th>
            <th scope="col">{words.runs.counts}</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr key={run.job + run.started_at}>
              <td class="t"><Moment at={run.started_at} withDate seconds /></td>
              <td class="keep"><Outcome outcome={run.outcome} /></td>
              <td class="keep">{words.kinds[run.kind] ?? run.kind}</td>
              <td class="keep" title={run.job}>{run.name}</td>
              {dated && <td class="t"><a href={href('day', [run.date])}>{run.date}</a></td>}
              <td class="n keep">
                <Or value={run.ended_at} why={words.runs.notEnded}>{(end) => duration(words, between(run.started_at, end))}</Or>
              </td>
              <td class="n"><Or value={run.rows} why={words.runs.noRows}>{count}</Or></td>
              <td class="n">{run.starts}</td>
              <td class="wide"><Counts counts={run.counts} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
