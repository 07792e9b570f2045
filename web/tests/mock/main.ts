// The invented server by itself, to look at the page: npm run mock. A slot fills in as you watch.
import { perSlot } from './status';
import { startMock } from './server';

const source = process.env['OPT_DATA_MOCK_SOURCE'];
const mock = await startMock({
  dist: 'dist', port: Number(process.env['PORT'] ?? 8765), empty: process.env['OPT_DATA_MOCK_EMPTY'] === '1',
  source: source === 'SIMULATED' || source === 'RECORDING' ? source : 'IBKR',
});
console.log(mock.url);
let answered = Math.floor(perSlot * 0.34);
setInterval(() => {
  answered = answered + 90 > perSlot ? 0 : answered + 90;
  mock.fill(answered);
}, 1000);
