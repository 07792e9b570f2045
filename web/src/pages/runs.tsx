// Every job, newest first.
import { useEffect, useState } from 'preact/hooks';
import type { Run, Runs } from '../api';
import { get, useData } from '../client';
import { count } from '../format';
import { useDayRevision } from '../live';
import { Answer, Empty, Section } from '../parts/basic';
import { RunTable } from '../parts/run_table';
import { useTitle } from '../parts/title';
import { useWords } from '../words';

const pageSize = 200;
const outcomes: readonly Run['outcome'][] = ['running', 'done', 'part', 'failed', 'missed'];

export function RunsPage() {
  const words = useWords();
  const revision = useDayRevision(null, 1500);
  const newest = useData<Runs>(`/runs?limit=${pageSize}`, revision);
  useTitle(words.runs.title);
  return (
    <>
      <div class="page-head">
        <h1>{words.runs.title}</h1>
      </div>
      <Answer of={newest} lines={14}>{(data) => <RunList newest={data.runs} />}</Answer>
    </>
  );
}

function RunList({ newest }: { newest: Run[] }) {
  const words = useWords();
  const [older, setOlder] = useState<Run[]>([]);
  const [end, setEnd] = useState(newest.length < pageSize);
  const [loading, setLoading] = useState(false);
  const [kind, setKind] = useState('');
  const [outcome, setOutcome] = useState('');
  useEffect(() => {
    if (newest.length < pageSize) setEnd(true);
  }, [newest]);

  // A job that has been asked for twice is shown once, as the newer answer tells it.
  const seen = new Set<string>();
  const all = [...newest, ...older].filter((run) => {
    const key = run.job + run.started_at;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
  const shown = all.filter((run) => (kind === '' || run.kind === kind) && (outcome === '' || run.outcome === outcome));
  const kinds = [...new Set(all.map((run) => run.kind))].sort();

  const loadMore = async () => {
    const last = all[all.length - 1];
    if (last === undefined) return;
    setLoading(true);
    try {
      const { runs } = await get<Runs>(`/runs?limit=${pageSize}&before=${encodeURIComponent(last.started_at)}`);
      setOlder((before) => [...before, ...runs]);
      if (runs.length < pageSize) setEnd(true);
    } catch {
      // The button stays, to be pressed again; the shell says that the server is away.
    } finally {
      setLoading(false);
    }
  };

  if (all.length === 0) return <Empty next={words.runs.noneNext} command="opt-data schedule --live">{words.runs.none}</Empty>;
  return (
    <>
      <div class="picker">
        <label class="field">
          <span>{words.runs.kind}</span>
          <select value={kind} onChange={(event) => setKind(event.currentTarget.value)}>
            <option value="">{words.runs.anyKind}</option>
            {kinds.map((each) => <option key={each} value={each}>{words.kinds[each] ?? each}</option>)}
          </select>
        </label>
        <label class="field">
          <span>{words.runs.outcome}</span>
          <select value={outcome} onChange={(event) => setOutcome(event.currentTarget.value)}>
            <option value="">{words.runs.anyOutcome}</option>
            {outcomes.map((each) => <option key={each} value={each}>{words.runs.outcomes[each]}</option>)}
          </select>
        </label>
        <span class="faint n picker-note" role="status">{words.runs.shown(count(shown.length))}</span>
      </div>
      <Section title={words.runs.title} class="untitled">
        {shown.length === 0 ? <Empty>{words.runs.noMatch}</Empty> : <RunTable runs={shown} label={words.runs.title} />}
        {end ? <p class="note">{words.runs.end}</p> : (
          <button type="button" disabled={loading} onClick={() => void loadMore()}>{loading ? words.loading : words.runs.loadMore}</button>
        )}
      </Section>
    </>
  );
}
