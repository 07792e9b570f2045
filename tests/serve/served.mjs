// A demo's day in a folder of its own, and `opt-data serve` over it on a free port of loopback.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const program = resolve(process.env.OPT_DATA_PROGRAM ?? 'build/test/opt-data');
export const date = '2014-06-05';

export function demo() {
  const folder = mkdtempSync(join(tmpdir(), 'opt-data-serve-test-'));
  execFileSync(program, ['demo', '--json', '--dir', folder], { stdio: 'ignore' });
  return { folder, config: join(folder, 'config/opt-data.toml'), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

// The sessions of October 2025, of AAPL and MSFT, on a simulated market.
export function month() {
  const folder = mkdtempSync(join(tmpdir(), 'opt-data-month-test-'));
  execFileSync(program, ['init', '--test', '--dir', folder, '--symbols', 'AAPL', 'MSFT'], { stdio: 'ignore' });
  const config = join(folder, 'config/opt-data.test.toml');
  execFileSync(program, ['--config', config, 'schedule', '--simulate', '--date', '2025-10-01', '--days', '23'], { stdio: 'ignore', cwd: folder });
  return { folder, config, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export function run(config, ...words) {
  return execFileSync(program, ['--config', config, ...words], { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] });
}

export async function serve(config, ...words) {
  const child = spawn(program, ['--config', config, 'serve', '--port', '0', '--json', ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await new Promise((resolve, reject) => {
    child.stdout.once('data', (bytes) => resolve(bytes.toString()));
    child.once('exit', (code) => reject(new Error(`serve ended with ${code}`)));
  });
  const { url, token_file } = JSON.parse(line);
  const stop = () => new Promise((resolve) => { child.removeAllListeners('exit'); child.once('exit', resolve); child.kill('SIGTERM'); });
  return { url, port: Number(new URL(url).port), pid: child.pid, token_file, stop };
}

// One request, told exactly as given: fetch() would mend addresses and headers. On a connection of its
// own, unless an agent keeps some: one that is kept may be closed just when it is used again.
export function ask(port, path, { method = 'GET', headers = {}, body, agent = false } = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, path, method, headers, agent }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text: Buffer.concat(parts).toString(), bytes: Buffer.concat(parts) }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

export function sql(port, text, more = {}) {
  return ask(port, '/api/v1/query', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ sql: text, from: date, ...more }) });
}
