// The page of the address, inside the shell.
import { useEffect } from 'preact/hooks';
import { tokenWanted } from './client';
import { CalendarPage } from './pages/calendar';
import { ChainPage } from './pages/chain';
import { DayPage } from './pages/day';
import { QueryPage } from './pages/query';
import { RunsPage } from './pages/runs';
import { StoragePage } from './pages/storage';
import { TodayPage } from './pages/today';
import { Footer, Header, SourceBand } from './parts/shell';
import { ShortcutList, useHelp, useShortcuts } from './parts/shortcuts';
import { TokenPrompt } from './parts/token';
import { Empty } from './parts/basic';
import { route, type Route } from './route';
import { useStore } from './store';
import { useWords } from './words';

function PageOf({ route }: { route: Route }) {
  const words = useWords();
  switch (route.page) {
    case 'today': return <TodayPage />;
    case 'calendar': return <CalendarPage route={route} />;
    case 'day': return <DayPage route={route} />;
    case 'chain': return <ChainPage route={route} />;
    case 'query': return <QueryPage />;
    case 'runs': return <RunsPage />;
    case 'storage': return <StoragePage />;
    case 'unknown': return <Empty>{words.unknownPage}</Empty>;
  }
}

export function App() {
  const words = useWords();
  const here = useStore(route);
  const wanted = useStore(tokenWanted);
  const [helping, help, noHelp] = useHelp();
  useShortcuts(help);
  // A new page begins at its top, and is read from its heading.
  useEffect(() => {
    scrollTo(0, 0);
  }, [here.page]);
  const skip = (event: Event) => {
    event.preventDefault();
    document.querySelector<HTMLElement>('main')?.focus();
  };
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        {words.skip}
      </a>
      <Header route={here} help={help} />
      <SourceBand />
      <main id="main" tabIndex={-1}>
        <PageOf key={here.page} route={here} />
      </main>
      <Footer />
      {helping && <ShortcutList onClose={noHelp} />}
      {wanted && <TokenPrompt />}
    </>
  );
}
