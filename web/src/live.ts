// What the server tells by itself: the collector's state, and which day has changed.
//
// The stream can end in three ways: the server goes (the browser tries again by itself), it answers
// with an error (we try again, later and later), or it falls silent without closing (nothing arrives
// for a while, so we ask something small). After each return everything on show is asked for again,
// because what happened in between was told to nobody.
import type { Status } from './api';
import { ApiProblem, epoch, get, root, tokenWanted } from './client';
import { createStore } from './store';
import { useEffect, useState } from 'preact/hooks';

export type Connection = 'connecting' | 'live' | 'reconnecting';

export const connection = createStore<Connection>('connecting');
export const status = createStore<Status | null>(null);
export const statusProblem = createStore<ApiProblem | null>(null);
// When the last status arrived, by this machine's clock in milliseconds.
export const heardAt = createStore(0);

const dayListeners = new Set<(date: string) => void>();

const silence_ms = 45_000;
const retryFirst_ms = 1_000;
const retryMost_ms = 15_000;

let stream: EventSource | null = null;
let retry_ms = retryFirst_ms;
let lastEvent = 0;
let wasLive = false;
let retryTimer = 0;

function take(next: Status): void {
  lastEvent = performance.now();
  heardAt.set(Date.now());
  statusProblem.set(null);
  status.set(next);
}

function lost(): void {
  if (connection.get() === 'live' || statusProblem.get() !== null || wasLive) connection.set('reconnecting');
}

function open(): void {
  stream?.close();
  const mine = new EventSource(root + '/live');
  stream = mine;
  lastEvent = performance.now();
  mine.onopen = () => {
    lastEvent = performance.now();
    retry_ms = retryFirst_ms;
    connection.set('live');
    if (wasLive) epoch.set(epoch.get() + 1);
    wasLive = true;
  };
  mine.onerror = () => {
    lost();
    if (mine.readyState === EventSource.CLOSED) again();
  };
  mine.addEventListener('status', (event) => take(JSON.parse((event as MessageEvent<string>).data) as Status));
  mine.addEventListener('ping', () => { lastEvent = performance.now(); });
  mine.addEventListener('day', (event) => {
    lastEvent = performance.now();
    const { date } = JSON.parse((event as MessageEvent<string>).data) as { date: string };
    for (const listener of [...dayListeners]) listener(date);
  });
}

function again(): void {
  stream?.close();
  stream = null;
  clearTimeout(retryTimer);
  if (tokenWanted.get()) return;
  retryTimer = window.setTimeout(() => void probe().then(open), retry_ms);
  retry_ms = Math.min(retry_ms * 2, retryMost_ms);
}

// One small question: its answer is the status, and its refusal says whether a token is wanted.
async function probe(): Promise<void> {
  try {
    take(await get<Status>('/status'));
  } catch (thrown) {
    if (thrown instanceof ApiProblem) statusProblem.set(thrown);
    lost();
  }
}

export function startLive(): void {
  void probe();
  open();
  setInterval(() => {
    if (connection.get() !== 'live' || performance.now() - lastEvent < silence_ms) return;
    void probe().then(() => {
      if (statusProblem.get() !== null) again();
    });
  }, silence_ms / 3);
  tokenWanted.subscribe(() => {
    if (tokenWanted.get()) return;
    epoch.set(epoch.get() + 1);
    void probe();
    open();
  });
  // A laptop that wakes up finds a stream that is dead without knowing it.
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible' && connection.get() !== 'connecting') void probe();
  });
}

// Counts up when `date` (or any day, for null) has changed; changes that come close together are one.
export function useDayRevision(date: string | null, quiet_ms = 400): number {
  const [revision, setRevision] = useState(0);
  useEffect(() => {
    let timer = 0;
    const listener = (changed: string) => {
      if (date !== null && changed !== date) return;
      if (timer !== 0) return;
      timer = window.setTimeout(() => {
        timer = 0;
        setRevision((count) => count + 1);
      }, quiet_ms);
    };
    dayListeners.add(listener);
    return () => {
      dayListeners.delete(listener);
      clearTimeout(timer);
    };
  }, [date, quiet_ms]);
  return revision;
}
