// The small pieces every page is made of.
import type { ComponentChildren } from 'preact';
import type { ApiProblem, Loaded } from '../client';
import { newYork, utc } from '../format';
import { useWords } from '../words';

// What is absent is a dash that says why; it is never a zero and never an empty cell.
export function Absent({ why }: { why: string }) {
  return (
    <span class="absent" title={why}>
      –<span class="unseen"> ({why})</span>
    </span>
  );
}

export function Or<T>({ value, why, children }: { value: T | null | undefined; why: string; children: (value: T) => ComponentChildren }) {
  return value === null || value === undefined ? <Absent why={why} /> : <>{children(value)}</>;
}

export function Section(props: { title: string; id?: string; aside?: ComponentChildren; note?: string; children: ComponentChildren; class?: string }) {
  return (
    <section class={'section ' + (props.class ?? '')} {...(props.id ? { id: props.id } : {})}>
      <div class="section-head">
        <h2>{props.title}</h2>
        {props.aside && <div class="section-aside">{props.aside}</div>}
      </div>
      {props.note && <p class="note">{props.note}</p>}
      {props.children}
    </section>
  );
}

export function Command({ children }: { children: string }) {
  return <code class="command">{children}</code>;
}

export function Empty({ children, next, command }: { children: ComponentChildren; next?: string; command?: string }) {
  return (
    <div class="empty">
      <p>{children}</p>
      {(next || command) && (
        <p>
          {next} {command && <Command>{command}</Command>}
        </p>
      )}
    </div>
  );
}

export function ProblemBox({ problem, again }: { problem: ApiProblem; again?: () => void }) {
  const words = useWords();
  const text = problem.status === 0 ? words.problem.unreachable : problem.message;
  return (
    <div class="problem" role="alert">
      <p>
        <b>{words.problem.title}</b>
        {problem.status > 0 && <span class="faint"> · {words.problem.status(problem.status)}, {problem.kind}</span>}
      </p>
      <p>{text}</p>
      {again && (
        <button type="button" onClick={again}>
          {words.retry}
        </button>
      )}
    </div>
  );
}

// Keeps the place of what is coming, so that nothing jumps when it arrives.
export function Skeleton({ lines = 4, tall = false }: { lines?: number; tall?: boolean }) {
  const words = useWords();
  return (
    <div class={tall ? 'skeleton tall' : 'skeleton'} role="status" aria-label={words.loading}>
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} class="bone" />
      ))}
    </div>
  );
}

// The three ways an answer can be: under way, refused, here.
export function Answer<T>({ of, lines, children }: { of: Loaded<T>; lines?: number; children: (data: T) => ComponentChildren }) {
  if (of.data !== null)
    return (
      <>
        {of.problem && of.problem.status === 0 && <ProblemBox problem={of.problem} again={of.again} />}
        {children(of.data)}
      </>
    );
  if (of.problem) return <ProblemBox problem={of.problem} again={of.again} />;
  return <Skeleton lines={lines ?? 6} tall />;
}

// A moment in New York; its title has the UTC one.
export function Moment({ at, withDate = false, seconds = false }: { at: string; withDate?: boolean; seconds?: boolean }) {
  const words = useWords();
  const here = newYork(at);
  const there = utc(at);
  return (
    <time dateTime={at} title={`${here.date} ${here.second} ${words.newYork}; ${there.date} ${there.second} UTC`}>
      {withDate && here.date + ' '}
      {seconds ? here.second : here.minute}
    </time>
  );
}

export function Tile({ value, children, tone }: { value: ComponentChildren; children: ComponentChildren; tone?: 'good' | 'bad' | 'warn' | undefined }) {
  return (
    <div class={'tile ' + (tone ?? '')}>
      <b>{value}</b>
      <span>{children}</span>
    </div>
  );
}

export function Scroll({ label, children, class: extra = '' }: { label: string; children: ComponentChildren; class?: string }) {
  return (
    <div class={'scroll ' + extra} role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}
