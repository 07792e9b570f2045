// The API and the built page, as the real server gives them, with invented data and a handle by
// which a test moves the collector on, takes the server away and brings it back.
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { extname, join, normalize } from 'node:path';
import type { Run, Status } from '../../src/api';
import { days, neighbour, today } from './calendar';
import { day, events, runsOf } from './day';
import { chain, contractDay, underlyings } from './market';
import { instant } from './random';
import { answer, firstStatus, perSlot, storage, tables } from './status';

export const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
const kinds: Record<string, string> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };

export interface MockOptions {
  token?: string;
  source?: Status['source'];
  port?: number;
  dist: string;
  empty?: boolean; // nothing was ever collected
}

export interface Mock {
  url: string;
  status: Status;
  tell(): void; // sends the status to every open page
  publish(date: string): void;
  fill(answered: number): void; // the running slot has so many answers
  finishSlot(): void;
  stop(): Promise<void>;
  start(): Promise<void>;
  asked: string[];
}

class Refusal extends Error {
  constructor(readonly code: number, readonly kind: string, message: string) {
    super(message);
  }
}

function json(response: ServerResponse, body: unknown, code = 200): void {
  response.writeHead(code, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
  response.end(JSON.stringify(body));
}

function required<T>(value: T | null | undefined, message: string): T {
  if (value === null || value === undefined) throw new Refusal(404, 'not_found', message);
  return value;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request) text += String(part);
  return text;
}

function allRuns(): Run[] {
  const runs: Run[] = [];
  for (let date = today, count = 0; count < 40; date = neighbour(date, -1), count++) runs.push(...runsOf(date).reverse());
  return runs.sort((a, b) => b.started_at.localeCompare(a.started_at));
}

export async function startMock(options: MockOptions): Promise<Mock> {
  const streams = new Set<ServerResponse>();
  const sockets = new Set<Socket>();
  const mock = { status: firstStatus(options.source ?? 'IBKR'), asked: [] as string[] };
  let port = options.port ?? 0;
  let server: Server;
  if (options.empty) {
    mock.status.latest_verdict = null;
    mock.status.collector = { state: 'stopped', pid: null, host: null, since: null, heard_at: null, gateways: [], job: null, next: null, alerts: [] };
    mock.status.session.slots = mock.status.session.slots.map((slot) => ({ ...slot, state: 'waiting', expected: 0, answered: 0, usable: null, rows: 0 }));
  }

  const send = (event: string, body: unknown) => {
    for (const stream of streams) stream.write(`event: ${event}\ndata: ${JSON.stringify(body)}\n\n`);
  };

  const api = async (request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> => {
    const path = url.pathname.slice('/api/v1'.length);
    const known = options.token === undefined || (request.headers.cookie ?? '').includes('opt_data_session=good');
    if (path === '/session') {
      const offered = request.headers.authorization === 'Bearer ' + options.token;
      if (request.method === 'POST' && offered) response.setHeader('Set-Cookie', 'opt_data_session=good; HttpOnly; SameSite=Strict; Path=/');
      else if (request.method === 'DELETE') response.setHeader('Set-Cookie', 'opt_data_session=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0');
      else if (!known) throw new Refusal(401, 'refused', 'a token is wanted');
      response.writeHead(204).end();
      return;
    }
    if (!known) throw new Refusal(401, 'refused', 'a token is wanted');
    const query = url.searchParams;
    const dated = /^\/days\/(\d{4}-\d{2}-\d{2})(?:\/(\w+)(?:\/(\d+))?)?$/.exec(path);
    if (path === '/status') return json(response, mock.status);
    if (path === '/live') {
      response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
      response.write(`: still here\n\nevent: status\ndata: ${JSON.stringify(mock.status)}\n\n`);
      streams.add(response);
      request.on('close', () => streams.delete(response));
      return;
    }
    if (options.empty && dated) throw new Refusal(404, 'not_found', `nothing is on record for ${dated[1]}`);
    if (path === '/days') {
      const found = days(query.get('from') ?? '2024-10-06', query.get('to') ?? today);
      if (options.empty) found.days.forEach((each) => Object.assign(each, { verdict: null, phase: null, coverage: null, reasons: [], rows: 0, notes: 0, waived: false }));
      return json(response, found);
    }
    if (dated) {
      const date = dated[1] ?? '';
      const found = required(day(date), `nothing is on record for ${date}`);
      if (dated[2] === undefined) return json(response, found);
      if (dated[2] === 'events') return json(response, events(date, query.get('level') ?? 'info', Number(query.get('limit') ?? 500)));
      if (dated[2] === 'underlyings') return json(response, underlyings(date, date === today ? 2 : found.slot_labels.length));
      if (dated[2] === 'chain') return json(response, chain(date, query.get('symbol') ?? '', Number(query.get('slot'))));
      if (dated[2] === 'contracts') return json(response, required(contractDay(date, Number(dated[3])), `contract ${dated[3]} is not on record for ${date}`));
    }
    if (path === '/runs') {
      const before = query.get('before');
      const runs = options.empty ? [] : allRuns().filter((run) => before === null || run.started_at < before);
      return json(response, { runs: runs.slice(0, Number(query.get('limit') ?? 200)) });
    }
    if (path === '/storage') {
      const found = storage();
      if (options.empty) Object.assign(found, { days: [], views: [], forecast: { bytes_per_day: null, from_days: 0, days_until_full: null, bytes_in_a_year: null } });
      return json(response, found);
    }
    if (path === '/tables') return json(response, tables());
    if (path.startsWith('/tables/')) {
      response.writeHead(200, { 'Content-Type': 'text/csv', 'Content-Disposition': 'attachment' });
      response.end('trade_date,underlying\n2025-10-03,AAPL\n');
      return;
    }
    if (path === '/query' && request.method === 'POST') {
      const { sql, format } = JSON.parse(await bodyOf(request)) as { sql: string; format: string };
      const found = answer(sql);
      if (found === null) throw new Refusal(400, 'invalid_input', `Parser Error: syntax error at or near "${sql.trim().split(/\s/)[0] ?? ''}"`);
      if (format === 'json') return json(response, found);
      response.writeHead(200, { 'Content-Type': 'text/csv' }).end('slot_30m,rows\n0,11240\n');
      return;
    }
    throw new Refusal(404, 'not_found', `there is no ${path}`);
  };

  const file = async (response: ServerResponse, path: string): Promise<void> => {
    const wanted = normalize(path === '/' ? '/index.html' : path);
    try {
      const text = await readFile(join(options.dist, wanted));
      response.writeHead(200, { 'Content-Type': kinds[extname(wanted)] ?? 'application/octet-stream' }).end(text);
    } catch {
      response.writeHead(404).end();
    }
  };

  const listen = () => new Promise<void>((resolve) => {
    server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://localhost');
      response.setHeader('Content-Security-Policy', policy);
      response.setHeader('X-Content-Type-Options', 'nosniff');
      if (!url.pathname.startsWith('/api/')) return void file(response, url.pathname);
      mock.asked.push(`${request.method} ${url.pathname}${url.search}`);
      api(request, response, url).catch((thrown: unknown) => {
        const refusal = thrown instanceof Refusal ? thrown : new Refusal(500, 'bug', String(thrown));
        json(response, { error: { kind: refusal.kind, message: refusal.message } }, refusal.code);
      });
    });
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    server.listen(port, '127.0.0.1', () => {
      port = (server.address() as AddressInfo).port;
      resolve();
    });
  });

  const running = () => mock.status.session.slots.find((slot) => slot.state === 'running');
  await listen();
  return Object.assign(mock, {
    url: `http://127.0.0.1:${port}`,
    tell: () => send('status', mock.status),
    publish: (date: string) => send('day', { date }),
    fill(answered: number) {
      const slot = running();
      if (slot) slot.answered = answered;
      mock.status.now = instant(Date.parse(mock.status.now) + 1000);
      send('status', mock.status);
    },
    finishSlot() {
      const slot = running();
      if (slot === undefined) return;
      Object.assign(slot, { state: 'done', answered: perSlot, usable: perSlot - 12, rows: perSlot });
      mock.status.collector.job = null;
      send('status', mock.status);
      send('day', { date: today });
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      streams.clear();
      await new Promise((resolve) => server.close(resolve));
    },
    start: listen,
  });
}
