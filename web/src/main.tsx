import { render } from 'preact';
import 'uplot/dist/uPlot.min.css';
import './style/base.css';
import './style/parts.css';
import './style/pages.css';
import { App } from './app';
import { startLive } from './live';
import { startRoute } from './route';
import { startTheme } from './theme';
import { startLanguage } from './words';

startTheme();
startLanguage();
startRoute();
startLive();

const place = document.getElementById('app');
if (place !== null) {
  place.replaceChildren();
  render(<App />, place);
}
