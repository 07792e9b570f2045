// What stands around every page: names of the pages, the state of the connection, and below, who
// answers and what time it is there.
import { signedIn, signOut } from '../client';
import { connection, status, statusProblem, type Connection } from '../live';
import { newYork, utc } from '../format';
import { href, pages, type Route } from '../route';
import { useStore } from '../store';
import { chooseTheme, theme, themes } from '../theme';
import { chooseLanguage, language, useWords } from '../words';
import { useServerNow } from './clock';

type LiveState = Connection | 'stopped' | 'silent';

function useLiveState(): LiveState {
  const connected = useStore(connection);
  const told = useStore(status);
  if (connected !== 'live' || told === null) return connected === 'live' ? 'connecting' : connected;
  return told.collector.state === 'running' ? 'live' : told.collector.state;
}

const liveSigns: Record<LiveState, string> = { connecting: '○', live: '●', reconnecting: '↻', stopped: '■', silent: '◌' };

function LiveBadge() {
  const words = useWords();
  const state = useLiveState();
  return (
    <span class={'live ' + state} role="status" title={words.live.title[state]}>
      <span class="live-sign" aria-hidden="true">{liveSigns[state]}</span>
      {words.live[state]}
    </span>
  );
}

export function Header({ route, help }: { route: Route; help: () => void }) {
  const words = useWords();
  const shown = useStore(theme);
  const spoken = useStore(language);
  const next = themes[(themes.indexOf(shown) + 1) % themes.length] ?? 'system';
  const signs = { system: '◐', light: '☀', dark: '☾' };
  return (
    <header class="bar">
      <a class="brand" href={href('today')}>
        <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
          <path d="M1 2h8v4H1zM11 2h8v4h-8zM1 8h8v4H1zM11 8h8v4h-8zM1 14h8v4H1zM11 14h8v4h-8z" />
        </svg>
        <span class="brand-name">opt-data</span>
      </a>
      <nav aria-label={words.nav}>
        {pages.map((page) => (
          <a key={page} href={href(page)} {...(route.page === page ? { 'aria-current': 'page' as const } : {})}>
            {words.pages[page]}
          </a>
        ))}
      </nav>
      <div class="bar-tools">
        <LiveBadge />
        <button
          type="button" class="quiet" lang={spoken === 'zh' ? 'en' : 'zh-CN'}
          onClick={() => chooseLanguage(spoken === 'zh' ? 'en' : 'zh')}
        >
          {words.otherLanguage}
        </button>
        <button type="button" class="quiet icon" title={words.theme[shown]} aria-label={words.theme[shown]} onClick={() => chooseTheme(next)}>
          {signs[shown]}
        </button>
        <button type="button" class="quiet icon" title={words.shortcutsButton} aria-label={words.shortcutsButton} onClick={help}>
          ?
        </button>
      </div>
    </header>
  );
}

// Nobody may take a simulated price for a real one.
export function SourceBand() {
  const words = useWords();
  const source = useStore(status)?.source;
  if (source === undefined || source === 'IBKR') return null;
  return (
    <p class="source-band">
      <b>{words.source[source]}</b>
      <span>{source === 'RECORDING' ? words.source.recordingLong : words.source.simulatedLong}</span>
    </p>
  );
}

export function Footer() {
  const words = useWords();
  const told = useStore(status);
  const problem = useStore(statusProblem);
  const signed = useStore(signedIn);
  const now = useServerNow();
  const here = now === null ? null : newYork(now);
  const there = now === null ? null : utc(now);
  return (
    <footer>
      <span>
        {words.footer.version} {told?.version ?? '–'}
      </span>
      <span class="n">
        {words.footer.serverTime}: {here ? `${here.date} ${here.second}` : '–'} {words.newYork}
        {' · '}
        {there ? `${there.date} ${there.second}` : '–'} UTC
      </span>
      {signed && (
        <button type="button" class="quiet small" onClick={() => void signOut().catch(() => undefined)}>
          {words.token.forget}
        </button>
      )}
      {told && <span class={told.source === 'IBKR' ? '' : 'source-mark'}>{words.source[told.source]}</span>}
      {problem && problem.status !== 0 && problem.status !== 401 && <span class="mark fail">{problem.message}</span>}
    </footer>
  );
}
