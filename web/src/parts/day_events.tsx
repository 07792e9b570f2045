// The events of a day, newest last, from one level upwards.
import { useState } from 'preact/hooks';
import type { Events } from '../api';
import { useData } from '../client';
import { count } from '../format';
import { useWords } from '../words';
import { Answer, Empty, Moment, Scroll, Section } from './basic';

type Level = 'info' | 'warning' | 'error';
const levels: readonly Level[] = ['info', 'warning', 'error'];
const signs = { info: '·', warning: '▲', error: '✕', critical: '✕' };
const tones = { info: 'nothing', warning: 'unknown', error: 'fail', critical: 'fail' };

export function DayEvents({ date, revision, byCode }: { date: string; revision: number; byCode: Record<string, number> }) {
  const words = useWords();
  const [level, setLevel] = useState<Level>('warning');
  const events = useData<Events>(`/days/${date}/events?level=${level}&limit=500`, revision);
  const tools = (
    <div class="segments" role="group" aria-label={words.day.level}>
      {levels.map((each) => (
        <button key={each} type="button" aria-pressed={each === level} onClick={() => setLevel(each)}>
          {words.day.levelFrom[each]}
        </button>
      ))}
    </div>
  );
  return (
    <Section title={words.day.eventsTitle} aside={tools}>
      <ByCode byCode={byCode} />
      <Answer of={events} lines={5}>
        {(data) =>
          data.events.length === 0 ? <Empty>{words.day.noEvents}</Empty> : (
            <>
              <Scroll label={words.day.eventsTitle} class="tall-box">
                <table>
                  <thead>
                    <tr>
                      <th scope="col">{words.day.time}</th>
                      <th scope="col">{words.day.level}</th>
                      <th scope="col">{words.day.code}</th>
                      <th scope="col">{words.day.where}</th>
                      <th scope="col">{words.day.message}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {data.events.map((event, index) => (
                      <tr key={index}>
                        <td class="t"><Moment at={event.at} seconds /></td>
                        <td class="keep">
                          <span class={'mark ' + tones[event.level]}>
                            <span aria-hidden="true">{signs[event.level]}</span> {words.day.levels[event.level]}
                          </span>
                        </td>
                        <td class="keep"><code>{event.code}</code></td>
                        <td class="keep">{[event.symbol, event.slot, event.job || event.component].filter((part) => part !== '').join(' · ')}</td>
                        <td class="wide">{event.message}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </Scroll>
              <p class="note">{words.day.shown(count(data.events.length), count(data.total))}</p>
            </>
          )
        }
      </Answer>
    </Section>
  );
}

function ByCode({ byCode }: { byCode: Record<string, number> }) {
  const words = useWords();
  const codes = Object.entries(byCode).sort((a, b) => b[1] - a[1]);
  if (codes.length === 0) return null;
  return (
    <ul class="codes" aria-label={words.day.byCode}>
      {codes.map(([code, times]) => (
        <li key={code}><code>{code}</code> <b class="n">{count(times)}</b></li>
      ))}
    </ul>
  );
}
