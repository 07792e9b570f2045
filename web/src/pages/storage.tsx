// What is kept, how much of it, and how long the disk will last.
import { useMemo } from 'preact/hooks';
import type { Storage } from '../api';
import { useData } from '../client';
import { bytes, count, fixed, percent, share, sizeUnit } from '../format';
import { useDayRevision } from '../live';
import { Answer, Command, Empty, Or, Scroll, Section, Tile } from '../parts/basic';
import { Chart, type Line } from '../parts/chart';
import { useTitle } from '../parts/title';
import { useWords } from '../words';

export function StoragePage() {
  const words = useWords();
  const revision = useDayRevision(null, 10_000);
  const storage = useData<Storage>('/storage', revision);
  useTitle(words.storage.title);
  return (
    <>
      <div class="page-head">
        <h1>{words.storage.title}</h1>
      </div>
      <Answer of={storage} lines={14}>{(data) => <StorageBody storage={data} />}</Answer>
    </>
  );
}

function StorageBody({ storage }: { storage: Storage }) {
  return (
    <>
      <Tiles storage={storage} />
      <Growth storage={storage} />
      <Views storage={storage} />
      <div class="columns">
        <Folders storage={storage} />
        <Aside storage={storage} />
      </div>
    </>
  );
}

function Tiles({ storage }: { storage: Storage }) {
  const words = useWords();
  const { forecast } = storage;
  const dataset = storage.folders.reduce((sum, folder) => sum + folder.bytes, 0);
  const used = share(storage.total_bytes - storage.free_bytes, storage.total_bytes);
  return (
    <div class="tiles">
      <Tile value={bytes(dataset)}>{words.storage.dataset}</Tile>
      <Tile value={bytes(storage.free_bytes)} tone={used > 0.9 ? 'bad' : undefined}>
        {words.storage.diskFree} ({percent(1 - used)})
      </Tile>
      <Tile value={<Or value={forecast.bytes_per_day} why={words.storage.noForecast}>{bytes}</Or>}>
        {words.storage.perDay}, {words.storage.fromDays(forecast.from_days)}
      </Tile>
      <Tile value={<Or value={forecast.bytes_in_a_year} why={words.storage.noForecast}>{bytes}</Or>}>{words.storage.inAYear}</Tile>
      <Tile
        value={<Or value={forecast.days_until_full} why={words.storage.noForecast}>{(days) => count(Math.floor(days))}</Or>}
        tone={forecast.days_until_full !== null && forecast.days_until_full < 60 ? 'bad' : undefined}
      >
        {words.storage.fullIn}
      </Tile>
    </div>
  );
}

function Growth({ storage }: { storage: Storage }) {
  const words = useWords();
  const chart = useMemo(() => {
    const rate = storage.forecast.bytes_per_day;
    const all = storage.days.reduce((sum, day) => sum + day.bytes, 0);
    const ahead = rate === null ? 0 : Math.max(5, Math.round(storage.days.length / 4));
    const scale = sizeUnit(all + (rate ?? 0) * ahead);
    let sum = 0;
    const actual: (number | null)[] = storage.days.map((day) => (sum += day.bytes) / scale.bytes);
    const labels = storage.days.map((day) => day.date);
    const forecast: (number | null)[] = actual.map(() => null);
    if (rate !== null && actual.length > 0) forecast[actual.length - 1] = all / scale.bytes;
    for (let day = 1; day <= ahead; day++) {
      actual.push(null);
      forecast.push((all + (rate ?? 0) * day) / scale.bytes);
      labels.push(`+${words.chain.days(day)}`);
    }
    const format = (value: number) => `${fixed(value, 2)} ${scale.unit}`;
    const few = storage.days.length < 30;
    const lines: Line[] = [
      { label: words.storage.actual, values: actual, tone: 0, points: few, format },
      { label: words.storage.forecastLine, values: forecast, tone: 1, dash: [6, 4], format },
    ];
    return { x: labels.map((_, index) => index), labels, lines, unit: scale.unit };
  }, [storage, words]);
  return (
    <Section title={words.storage.growth} note={words.storage.growthNote}>
      {storage.days.length === 0 ? <Empty command="opt-data schedule --live">{words.storage.noGrowth}</Empty> : (
        <Chart
          x={chart.x} xLabel={words.storage.date} xFormat={(value) => chart.labels[Math.round(value)] ?? ''} yLabel={chart.unit}
          yFormat={(value) => fixed(value, value < 10 ? 1 : 0)} lines={chart.lines} height={260} xSpace={100} fromZero
          describe={`${words.storage.growth}: ${storage.days.length} ${words.days}`}
        />
      )}
    </Section>
  );
}

function Views({ storage }: { storage: Storage }) {
  const words = useWords();
  const open = storage.views.some((view) => view.compacted_days < view.days);
  return (
    <Section title={words.storage.views}>
      {storage.views.length === 0 ? <Empty>{words.storage.noGrowth}</Empty> : (
        <Scroll label={words.storage.views}>
          <table>
            <thead>
              <tr>
                <th scope="col">{words.storage.view}</th>
                <th scope="col">{words.storage.layer}</th>
                <th scope="col" class="n">{words.storage.size}</th>
                <th scope="col" class="n">{words.storage.rows}</th>
                <th scope="col" class="n">B {words.storage.bytesPerRow}</th>
                <th scope="col" class="n">{words.storage.files}</th>
                <th scope="col" class="n">{words.storage.days}</th>
                <th scope="col">{words.storage.compacted}</th>
                <th scope="col">{words.storage.first}</th>
                <th scope="col">{words.storage.last}</th>
              </tr>
            </thead>
            <tbody>
              {storage.views.map((view) => (
                <tr key={view.layer + view.view}>
                  <th scope="row" class="keep"><code>{view.view}</code></th>
                  <td>{view.layer}</td>
                  <td class="n keep">{bytes(view.bytes)}</td>
                  <td class="n">{count(view.rows)}</td>
                  <td class="n"><Or value={view.rows > 0 ? view.bytes / view.rows : null} why={words.verdict.nothing}>{(each) => fixed(each, 1)}</Or></td>
                  <td class="n">{count(view.files)}</td>
                  <td class="n">{count(view.days)}</td>
                  <td class="keep">
                    <span class="inline-track" aria-hidden="true"><span style={{ width: `${share(view.compacted_days, view.days) * 100}%` }} /></span>
                    <span class="n"> {count(view.compacted_days)} {words.today.of} {count(view.days)}</span>
                  </td>
                  <td class="t"><Or value={view.first} why={words.verdict.nothing}>{(date) => date}</Or></td>
                  <td class="t"><Or value={view.last} why={words.verdict.nothing}>{(date) => date}</Or></td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      {open && <p class="note">{words.storage.compactNext} <Command>{words.storage.compactCommand}</Command></p>}
    </Section>
  );
}

function Folders({ storage }: { storage: Storage }) {
  const words = useWords();
  const all = storage.folders.reduce((sum, folder) => sum + folder.bytes, 0);
  return (
    <Section title={words.storage.folders}>
      <Scroll label={words.storage.folders}>
        <table>
          <thead>
            <tr>
              <th scope="col">{words.storage.folder}</th>
              <th scope="col" class="n">{words.storage.size}</th>
              <th scope="col" class="n">{words.units.percent}</th>
              <th scope="col" class="n">{words.storage.files}</th>
            </tr>
          </thead>
          <tbody>
            {storage.folders.map((folder) => (
              <tr key={folder.name}>
                <th scope="row">
                  {words.storage.folderNames[folder.name]}
                  <code class="path">{folder.path}</code>
                </th>
                <td class="n keep">{bytes(folder.bytes)}</td>
                <td class="n keep">{percent(share(folder.bytes, all))}</td>
                <td class="n">{count(folder.files)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </Section>
  );
}

function Aside({ storage }: { storage: Storage }) {
  const words = useWords();
  return (
    <Section title={words.storage.aside} note={words.storage.asideNote}>
      <Scroll label={words.storage.aside}>
        <table>
          <thead>
            <tr>
              <th scope="col">{words.storage.folder}</th>
              <th scope="col" class="n">{words.storage.size}</th>
              <th scope="col" class="n">{words.storage.files}</th>
            </tr>
          </thead>
          <tbody>
            {storage.aside.map((each) => (
              <tr key={each.name}>
                <th scope="row">
                  {each.name === 'quarantine' && each.files > 0 && <span class="mark fail" aria-hidden="true">✕ </span>}
                  {words.storage.asideNames[each.name]}
                </th>
                <td class="n keep">{bytes(each.bytes)}</td>
                <td class="n">{count(each.files)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </Section>
  );
}
