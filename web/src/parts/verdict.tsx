// A verdict as a word, a colour and a shape, so that none of the three is needed alone.
import type { Gate, Run, SlotStatus, Verdict } from '../api';
import { useWords, type Words } from '../words';

export type Mark = Verdict | 'not_judged' | null;

export function signOf(mark: Mark): string {
  return mark === 'PASS' ? '✓' : mark === 'FAIL' ? '✕' : mark === 'not_judged' ? '?' : '·';
}

export function toneOf(mark: Mark): string {
  return mark === 'PASS' ? 'pass' : mark === 'FAIL' ? 'fail' : mark === 'not_judged' ? 'unknown' : 'nothing';
}

export function verdictWord(words: Words, mark: Mark): string {
  return mark === null ? words.verdict.nothing : words.verdict[mark];
}

export function VerdictBadge({ mark, large = false }: { mark: Mark; large?: boolean }) {
  const words = useWords();
  return (
    <span class={`verdict ${toneOf(mark)}${large ? ' large' : ''}`}>
      <span aria-hidden="true">{signOf(mark)}</span> {verdictWord(words, mark)}
    </span>
  );
}

const outcomeSigns: Record<Run['outcome'], string> = { running: '▸', done: '✓', part: '◐', failed: '✕', missed: '○' };
const outcomeTones: Record<Run['outcome'], string> = { running: 'run', done: 'pass', part: 'unknown', failed: 'fail', missed: 'fail' };

export function Outcome({ outcome }: { outcome: Run['outcome'] }) {
  const words = useWords();
  return (
    <span class={'mark ' + outcomeTones[outcome]}>
      <span aria-hidden="true">{outcomeSigns[outcome]}</span> {words.runs.outcomes[outcome]}
    </span>
  );
}

const gateSigns: Record<Gate['verdict'], string> = { pass: '✓', fail: '✕', not_measured: '?' };
const gateTones: Record<Gate['verdict'], string> = { pass: 'pass', fail: 'fail', not_measured: 'unknown' };

export function GateVerdict({ verdict }: { verdict: Gate['verdict'] }) {
  const words = useWords();
  return (
    <span class={'mark ' + gateTones[verdict]}>
      <span aria-hidden="true">{gateSigns[verdict]}</span> {words.day.gateVerdict[verdict]}
    </span>
  );
}

export const slotSigns: Record<SlotStatus['state'], string> = {
  waiting: '·', running: '▸', done: '✓', part: '◐', failed: '✕', missed: '○', none: '–',
};
export const slotTones: Record<SlotStatus['state'], string> = {
  waiting: 'nothing', running: 'run', done: 'pass', part: 'unknown', failed: 'fail', missed: 'fail', none: 'nothing',
};
