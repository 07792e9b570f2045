import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { ask, date, demo, run, serve, sql } from './served.mjs';

let day, server;
before(async () => {
  day = demo();
  server = await serve(day.config);
});
after(async () => {
  await server.stop();
  day.remove();
});

const json = async (path) => {
  const answer = await ask(server.port, path);
  assert.equal(answer.status, 200, `${path}: ${answer.text}`);
  return JSON.parse(answer.text);
};

const resident = () => Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1]) / 1024);

test('page, selfcheck and plain SQL have the same figures', async () => {
  const shown = await json(`/api/v1/days/${date}`);
  const judged = JSON.parse(run(day.config, 'selfcheck', '--json', '--date', date));
  assert.equal(shown.status, judged.status);
  assert.deepEqual(shown.reasons, judged.reasons);
  assert.equal(shown.intraday_rows, judged.qa.intraday_rows);
  for (const gate of judged.qa.metrics) {
    const one = shown.metrics.find((each) => each.name === gate.name);
    assert.deepEqual([one.value, one.threshold, one.verdict, one.met, one.of],
      [gate.value, gate.threshold, gate.verdict, gate.details.met, gate.details.of], gate.name);
  }
  const counted = JSON.parse(run(day.config, 'query', '--json', '--date', date, 'SELECT slot_30m AS slot, count(*) AS rows FROM intraday GROUP BY ALL ORDER BY ALL'));
  const asked = JSON.parse((await sql(server.port, 'SELECT slot_30m AS slot, count(*) AS n FROM intraday GROUP BY ALL ORDER BY ALL')).text);
  assert.deepEqual(asked.rows, counted.map((row) => [row.slot, row.rows]));
  const status = await json('/api/v1/status');
  assert.deepEqual(status.session.slots.map((slot) => slot.rows), counted.map((row) => row.rows));
  assert.equal(shown.intraday_rows, counted.reduce((sum, row) => sum + row.rows, 0));
  assert.equal(shown.rollup.reduce((sum, each) => sum + each.rows, 0), shown.daily_rows);
});

test('a chain has every row of its slot, and a contract every slot', async () => {
  const chain = await json(`/api/v1/days/${date}/chain?symbol=TWX&slot=3`);
  const rows = JSON.parse((await sql(server.port, 'SELECT conid, bid, ask, iv FROM intraday WHERE slot_30m = 3 ORDER BY expiry, strike, "right", conid')).text).rows;
  assert.deepEqual(chain.rows.map((row) => [row.conid, row.bid, row.ask, row.iv]), rows);
  const contract = await json(`/api/v1/days/${date}/contracts/${chain.rows[0].conid}`);
  assert.deepEqual(contract.points.map((point) => point.slot), Array.from({ length: 14 }, (_, slot) => slot));
});

test('every table comes as JSON, CSV and Parquet, with the same rows', async () => {
  for (const table of (await json('/api/v1/tables')).tables) {
    const path = `/api/v1/tables/${table.name}?from=${date}`;
    const rows = (await json(path)).rows;
    const csv = (await ask(server.port, `${path}&format=csv`)).text.trimEnd().split('\r\n');
    assert.equal(csv.length - 1, rows.length, table.name);
    assert.equal(csv[0], table.columns.map((column) => column.name).join(','));
    const parquet = await ask(server.port, `${path}&format=parquet`);
    assert.equal(parquet.bytes.subarray(0, 4).toString(), 'PAR1');
    assert.equal(parquet.bytes.subarray(-4).toString(), 'PAR1');
  }
});

test('an answer that is known is not sent again', async () => {
  const first = await ask(server.port, `/api/v1/days/${date}`);
  const again = await ask(server.port, `/api/v1/days/${date}`, { headers: { 'If-None-Match': first.headers.etag } });
  assert.equal(again.status, 304);
  assert.equal(again.text, '');
});

test('hostile SQL reads nothing else, writes nothing and ends', async () => {
  const secret = join(day.folder, 'secret.csv');
  writeFileSync(secret, 'secret\n1\n');
  const before = readdirSync(join(day.folder, 'data'), { recursive: true }).sort();
  for (const text of [
    `SELECT * FROM read_csv('${secret}')`, `SELECT * FROM '${secret}'`, "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/etc/hostname')", "SELECT * FROM glob('/etc/*')", "SELECT * FROM read_parquet('http://127.0.0.1:9/x.parquet')",
    `COPY intraday TO '${day.folder}/data/x.parquet'`, `COPY (SELECT 1) TO '${day.folder}/x.csv'`, "INSTALL httpfs", "LOAD httpfs",
    "ATTACH '/tmp/x.db' AS x", 'SET enable_external_access = true', 'SET memory_limit = \'100GB\'', 'RESET lock_configuration',
    'PRAGMA enable_external_access', 'DROP VIEW intraday', 'CREATE TABLE t AS SELECT 1', 'CREATE OR REPLACE VIEW intraday AS SELECT 1',
    'DELETE FROM intraday', 'SELECT 1; SELECT 2', 'SELECT 1; DROP VIEW intraday', 'CALL enable_logging()', "EXPORT DATABASE '/tmp/x'",
    "SELECT * FROM query('COPY intraday TO ''/tmp/x.csv''')", "SELECT * FROM sqlite_scan('/tmp/x', 'y')", 'SELEC 1', '', "SELECT '",
    `SELECT * FROM read_json('${day.folder}/state/run_logs/selfcheck/*.json')`, `SELECT * FROM read_text('${day.folder}/data/clean/ib/chain/../../../../secret.csv')`]) {
    const answer = await sql(server.port, text);
    assert.ok(answer.status >= 400 && answer.status < 500, `${text}: ${answer.status} ${answer.text.slice(0, 200)}`);
    assert.ok(JSON.parse(answer.text).error.message.length > 0);
  }
  assert.deepEqual(readdirSync(join(day.folder, 'data'), { recursive: true }).sort(), before);
  const rows = JSON.parse((await sql(server.port, 'SELECT count(*) FROM intraday')).text).rows;
  assert.equal(rows[0][0], 2576);
});

test('SQL that wants too much memory is refused, and one that never ends is ended', { timeout: 90_000 }, async () => {
  const large = await sql(server.port, 'SELECT max(x) FROM (SELECT list(i) AS x FROM range(300000000) t(i))');
  assert.ok(large.status >= 400, large.text.slice(0, 200));
  const began = Date.now();
  const endless = await sql(server.port, 'SELECT count(*) FROM range(1000000000000) a(i) WHERE i % 7 = 8');
  assert.equal(endless.status, 422, endless.text.slice(0, 200));
  assert.match(endless.text, /more than 30 s/);
  assert.ok(Date.now() - began < 60_000);
  const kilobytes = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1]);
  console.log(`resident at most: ${resident()} MB`);
  assert.ok(kilobytes < 1.5 * 1024 * 1024);
});

test('addresses that mean no good find nothing', async () => {
  for (const path of ['/../../etc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '/assets/..%2f..%2fetc/passwd', '/api/v1/days/../../x', '/api/v1/tables/..%2f..%2fx?from=2014-06-05',
    `/api/v1/tables/intraday?from=${date}&symbols=TWX'--`, `/api/v1/tables/intraday%3BDROP?from=${date}`, '/api/v1/days/2014-02-31', '/api/v1/days/9999-12-31', '/api/v2/status', '/api/v1/days/2014-06-07',
    `/api/v1/days/${date}/contracts/-1`, `/api/v1/days/${date}/chain?symbol=%27%20OR%201&slot=0`, `/api/v1/days/${date}/chain?symbol=TWX&slot=999999999999`, '/%', '/%00', '/api/v1/runs?limit=-1', '/api/v1/days?from=2014-06-05']) {
    const answer = await ask(server.port, path);
    assert.ok(answer.status >= 400 && answer.status < 500, `${path}: ${answer.status}`);
    assert.ok(!answer.text.includes('root:'), path);
  }
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])
    assert.equal((await ask(server.port, '/api/v1/status', { method })).status, 405, method);
});

test('a page of somebody else gets nothing out of a browser', async () => {
  assert.equal((await ask(server.port, '/api/v1/status', { headers: { Host: 'evil.example' } })).status, 421);
  assert.equal((await ask(server.port, '/api/v1/status', { headers: { Host: '127.0.0.1.evil.example' } })).status, 421);
  assert.equal((await ask(server.port, '/api/v1/status', { headers: { Origin: 'https://evil.example' } })).status, 403);
  assert.equal((await ask(server.port, '/api/v1/status', { headers: { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' } })).status, 403);
  const page = await ask(server.port, '/');
  assert.match(page.headers['content-security-policy'], /default-src 'none'; script-src 'self'/);
  assert.equal(page.headers['access-control-allow-origin'], undefined);
  assert.equal(page.headers['x-content-type-options'], 'nosniff');
});

test('huge and slow clients are given up, and others are served meanwhile', { timeout: 120_000 }, async () => {
  const huge = await ask(server.port, '/api/v1/query', { method: 'POST', headers: { 'Content-Type': 'application/json', 'Content-Length': 1 << 20 }, body: 'x'.repeat(1 << 20) }).catch((error) => ({ status: error.code }));
  assert.notEqual(huge.status, 200);
  // Ten thousand that say nothing, or half a word, or as many as this machine lets us open.
  const files = Number(execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }));
  const count = Math.min(10_000, (Number.isNaN(files) ? 10_500 : files) - 500);
  const idle = [];
  let answered = 0;
  for (let i = 0; i < count; ++i) {
    const socket = net.connect(server.port, '127.0.0.1');
    socket.on('error', () => {});
    if (i % 2) socket.write('GET / HTTP/1.1\r\nHost: ');
    idle.push(socket);
    if (i % 500 === 0) answered += (await ask(server.port, '/api/v1/status')).status === 200 ? 1 : 0;
  }
  assert.equal(answered, Math.ceil(count / 500));
  for (let i = 0; i < 20; ++i) assert.equal((await ask(server.port, '/api/v1/status')).status, 200);
  console.log(`${count} idle and half-open connections, ${resident()} MB`);
  for (const socket of idle) socket.destroy();
});

test('two hundred clients at once are all answered', { timeout: 180_000 }, async () => {
  const seconds = Number(process.env.OPT_DATA_LOAD_SECONDS ?? 5);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 200 });
  const until = Date.now() + seconds * 1000;
  const times = [];
  let errors = 0;
  const client = async () => {
    while (Date.now() < until) {
      const began = performance.now();
      const answer = await ask(server.port, `/api/v1/days/${date}`, { agent }).catch(() => ({ status: 0 }));
      if (answer.status !== 200) ++errors;
      times.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: 200 }, client));
  agent.destroy();
  times.sort((a, b) => a - b);
  console.log(`${times.length} answers in ${seconds} s, ${errors} errors, p50 ${times[times.length >> 1].toFixed(1)} ms, p99 ${times[Math.floor(times.length * 0.99)].toFixed(1)} ms, ${resident()} MB`);
  assert.equal(errors, 0);
  assert.ok(times.length > 1000);
});

test('while files are replaced nobody sees half of one', { timeout: 120_000 }, async () => {
  let done = false;
  const watch = (async () => {
    let looks = 0;
    while (!done) {
      const table = JSON.parse((await ask(server.port, `/api/v1/tables/daily_clean?from=${date}`)).text);
      assert.equal(table.rows.length, 184);
      const chain = JSON.parse((await ask(server.port, `/api/v1/days/${date}/chain?symbol=TWX&slot=${looks % 14}`)).text);
      assert.equal(chain.rows.length, 184);
      ++looks;
    }
    return looks;
  })();
  const clean = join(day.folder, 'data/clean/ib/chain');
  const daily = join(clean, 'view=daily_clean', `date=${date}`, 'part-0.parquet');
  const slot = join(clean, 'view=intraday', `date=${date}`, 'slot-03.parquet');
  for (let i = 0; i < 100; ++i) {
    for (const file of [daily, slot]) {
      const staged = join(dirname(file), '.staged.parquet');  // As a publication does it.
      copyFileSync(file, staged);
      renameSync(staged, file);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  done = true;
  const looks = await watch;
  console.log(`${looks} looks while two files were replaced 100 times`);
  assert.ok(looks > 10);
});

test('beyond loopback a token is needed, and five wrong ones are enough', { timeout: 60_000 }, async () => {
  const open = await serve(day.config, '--host', '0.0.0.0');
  try {
    const token = readFileSync(open.token_file, 'utf8').trim();
    assert.equal((await ask(open.port, '/api/v1/status')).status, 401);
    assert.equal((await ask(open.port, '/metrics')).status, 401);
    assert.equal((await ask(open.port, '/')).status, 200);
    assert.equal((await ask(open.port, '/api/v1/status', { headers: { Authorization: `Bearer ${token}` } })).status, 200);
    assert.equal((await ask(open.port, `/api/v1/status?token=${token}`)).status, 401);
    const session = await ask(open.port, '/api/v1/session', { method: 'POST', headers: { Authorization: `Bearer ${token}` } });
    assert.equal(session.status, 204);
    assert.match(session.headers['set-cookie'][0], /HttpOnly; SameSite=Strict/);
    assert.ok(!session.headers['set-cookie'][0].includes(token));
    const cookie = session.headers['set-cookie'][0].split(';')[0];
    assert.equal((await ask(open.port, '/api/v1/status', { headers: { Cookie: cookie } })).status, 200);
    for (let i = 0; i < 5; ++i) assert.equal((await ask(open.port, '/api/v1/status', { headers: { Authorization: 'Bearer wrong' } })).status, 401);
    assert.equal((await ask(open.port, '/api/v1/status', { headers: { Authorization: 'Bearer wrong' } })).status, 429);
    assert.equal((await ask(open.port, '/api/v1/status', { headers: { Cookie: cookie } })).status, 200);
  } finally {
    await open.stop();
  }
  chmodSync(open.token_file, 0o644);
  assert.throws(() => run(day.config, 'serve', '--host', '0.0.0.0', '--port', '0'), /Command failed/);
});
