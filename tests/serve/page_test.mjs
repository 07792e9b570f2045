// Every page in Chromium: over an invented server that can be told to misbehave, and over the real
// one with the demo's day. Pictures of what was seen are left in web/build/screenshots.
import { spawnSync } from 'node:child_process';
import { demo, serve } from './served.mjs';

const tests = (environment, ...words) =>
  spawnSync(process.execPath, ['tests/run.mjs', ...words], { cwd: 'web', stdio: 'inherit', env: { ...process.env, ...environment } }).status ?? 1;

const vite = spawnSync(process.execPath, ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn'], { cwd: 'web', stdio: 'inherit' });
if (vite.status !== 0) process.exit(1);
const invented = tests({});
const day = demo();
const server = await serve(day.config);
const real = tests({ OPT_DATA_URL: server.url.replace(/\/$/, '') }, 'pages');
await server.stop();
day.remove();
process.exit(invented || real);
