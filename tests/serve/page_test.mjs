// Every page in Chromium: over an invented server that can be told to misbehave, and over the real
// one with the demo's day and with a simulated month. Pictures of what was seen are left in web/build/screenshots.
import { spawnSync } from 'node:child_process';
import { demo, month, serve } from './served.mjs';

const tests = (environment, ...words) =>
  spawnSync(process.execPath, ['tests/run.mjs', ...words], { cwd: 'web', stdio: 'inherit', env: { ...process.env, ...environment } }).status ?? 1;

const vite = spawnSync(process.execPath, ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn'], { cwd: 'web', stdio: 'inherit' });
if (vite.status !== 0) process.exit(1);
const invented = tests({});
let failed = invented;
for (const [name, make] of [['demo', demo], ['month', month]]) {
  const data = make();
  const server = await serve(data.config);
  const url = server.url.replace(/\/$/, '');
  failed ||= tests({ OPT_DATA_URL: url, OPT_DATA_SCREENSHOTS: `build/screenshots/${name}` }, 'pages');
  await server.stop();
  data.remove();
}
process.exit(failed);
