// Where the reader is, as the part of the address after '#'. Every page can be linked to, and the
// back button works because nothing else remembers the place.
import { createStore } from './store';

export type Page = 'today' | 'calendar' | 'day' | 'chain' | 'query' | 'runs' | 'storage';
export const pages: readonly Page[] = ['today', 'calendar', 'day', 'chain', 'query', 'runs', 'storage'];

export interface Route {
  page: Page | 'unknown';
  parts: string[];
  query: URLSearchParams;
}

export function parseRoute(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [name = '', ...parts] = path.split('/').map(decoded);
  const page = name === '' ? 'today' : (pages.find((each) => each === name) ?? 'unknown');
  return { page, parts: parts.filter((part) => part !== ''), query: new URLSearchParams(search) };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function href(page: Page, parts: (string | number)[] = [], query: Record<string, string | null> = {}): string {
  const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== null && pair[1] !== '');
  const search = new URLSearchParams(given).toString();
  const path = [page, ...parts.map((part) => encodeURIComponent(String(part)))].join('/');
  return '#/' + path + (search === '' ? '' : '?' + search);
}

export const route = createStore<Route>(parseRoute(location.hash));

export function startRoute(): void {
  addEventListener('hashchange', () => route.set(parseRoute(location.hash)));
}

export function go(target: string): void {
  location.hash = target;
}

// For a choice the page made by itself: it belongs into the address, but not into the history.
export function settle(target: string): void {
  history.replaceState(null, '', target);
  route.set(parseRoute(target));
}

export function isDate(text: string | undefined): text is string {
  return text !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
}
