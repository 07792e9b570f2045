// Questions to the server, and what a component sees of an answer under way.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { Problem } from './api';
import { createStore, remember, remembered } from './store';

export const root = '/api/v1';

// kind is the server's, or 'unreachable' where no answer came.
export class ApiProblem extends Error {
  constructor(readonly status: number, readonly kind: string, message: string) {
    super(message);
  }
}

export const tokenWanted = createStore(false);

// Whether a token was given here: only then is there something to sign out of.
export const signedIn = createStore(remembered('signed-in') === 'yes');

export async function signIn(token: string): Promise<void> {
  await ask('/session', { method: 'POST', headers: { Authorization: 'Bearer ' + token } });
  remember('signed-in', 'yes');
  signedIn.set(true);
  tokenWanted.set(false);
}

export async function signOut(): Promise<void> {
  await ask('/session', { method: 'DELETE' });
  remember('signed-in', 'no');
  signedIn.set(false);
  tokenWanted.set(true);
}

// Counts up whenever answers given so far may be out of date as a whole: a token was accepted, or
// the server came back.
export const epoch = createStore(0);

export async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(root + path, { credentials: 'same-origin', ...init });
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === 'AbortError') throw thrown;
    throw new ApiProblem(0, 'unreachable', String(thrown instanceof Error ? thrown.message : thrown));
  }
  if (answer.status === 401) tokenWanted.set(true);
  if (!answer.ok) throw await problemOf(answer);
  return answer;
}

async function problemOf(answer: Response): Promise<ApiProblem> {
  try {
    const { error } = (await answer.json()) as Problem;
    return new ApiProblem(answer.status, error.kind, error.message);
  } catch {
    return new ApiProblem(answer.status, 'http', `HTTP ${answer.status} ${answer.statusText}`);
  }
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  const answer = await ask(path, signal ? { signal } : {});
  return (await answer.json()) as T;
}

export interface Loaded<T> {
  data: T | null;
  problem: ApiProblem | null;
  loading: boolean;
  again: () => void;
}

// The last answers, so that going back paints at once; the question is asked again all the same.
const kept = new Map<string, unknown>();
const keptMost = 24;

function keep(path: string, data: unknown): void {
  kept.delete(path);
  kept.set(path, data);
  const oldest = kept.keys().next();
  if (kept.size > keptMost && !oldest.done) kept.delete(oldest.value);
}

interface Held<T> {
  path: string | null;
  data: T | null;
  problem: ApiProblem | null;
}

// Asks for `path`, and again when `revision` changes; what was shown stays until the new answer is
// here, so that a page that follows a live day does not blink.
export function useData<T>(path: string | null, revision: number | string = 0): Loaded<T> {
  const [held, setHeld] = useState<Held<T>>({ path: null, data: null, problem: null });
  const [loading, setLoading] = useState(false);
  const [asked, setAsked] = useState(0);
  const [generation, setGeneration] = useState(epoch.get);
  useEffect(() => epoch.subscribe(() => setGeneration(epoch.get())), []);

  const alive = useRef(0);
  useEffect(() => {
    if (path === null) return;
    const mine = ++alive.current;
    const stop = new AbortController();
    setLoading(true);
    get<T>(path, stop.signal).then(
      (data) => {
        if (mine !== alive.current) return;
        keep(path, data);
        setHeld({ path, data, problem: null });
        setLoading(false);
      },
      (thrown: unknown) => {
        if (mine !== alive.current || !(thrown instanceof ApiProblem)) return;
        // A server that is away for a moment does not empty the page.
        setHeld((before) => ({
          path,
          data: thrown.status === 0 && before.path === path ? before.data : null,
          problem: thrown,
        }));
        setLoading(false);
      },
    );
    return () => {
      alive.current++;
      stop.abort();
    };
  }, [path, revision, asked, generation]);

  const again = useCallback(() => setAsked((count) => count + 1), []);
  if (path === null) return { data: null, problem: null, loading: false, again };
  if (held.path === path) return { data: held.data, problem: held.problem, loading, again };
  return { data: (kept.get(path) as T | undefined) ?? null, problem: null, loading: true, again };
}
