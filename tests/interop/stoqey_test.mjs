// Another TWS client against the simulated gateway, over loopback: it must find nothing odd.
//
//   node tests/interop/stoqey_test.mjs build/opt-data
//
// Starts `opt-data sim serve`, connects @stoqey/ib, lists option parameters and contract details,
// streams an option until its model greeks arrive, and asks for a strike that is not listed. While its
// line is open our own program builds the contracts of the day and takes a slot through the same
// gateway, under its own client id. Ends by itself; exit code 0 when every claim held.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const require = createRequire(import.meta.url);
const { IBApi, EventName, SecType, OptionType } = require("@stoqey/ib");

const program = process.argv[2];
const deadline = 60_000;
const folder = mkdtempSync(join(tmpdir(), "opt-data-interop-"));
let failures = 0;
let passes = 0;

function claim(text, holds, seen) {
  if (holds) passes += 1;
  else failures += 1;
  console.log(`${holds ? "ok  " : "FAIL"} ${text}${holds ? "" : `: ${JSON.stringify(seen)}`}`);
}

function serve() {
  const server = spawn(program, [
    "sim", "serve", "--port", "0", "--at", "10:30", "--seconds", "110", "--bare-expiry",
  ]);
  server.told = "";
  server.stderr.on("data", (chunk) => { server.told += chunk; });
  return new Promise((resolve, reject) => {
    let text = "";
    server.stdout.on("data", (chunk) => {
      text += chunk;
      const found = text.match(/127\.0\.0\.1:(\d+)/);
      if (found) resolve({ server, port: Number(found[1]) });
    });
    server.on("exit", (code) => reject(new Error(`the gateway ended with ${code}: ${text}`)));
  });
}

// Our own program, as somebody runs it; resolves when it has ended.
function ours(port, ...verb) {
  mkdirSync(join(folder, "config"), { recursive: true });
  const config = join(folder, "config", "opt-data.toml");
  writeFileSync(config, [
    "[gateway]", `port = ${port}`, "client_id = 101", "client_id_tries = 1",
    "[universe]", 'symbols = ["TWX"]',
    "[filters]", "max_expiries = 1", "[snapshot]", "start_grace_s = 1700",
    "[simulation]", 'source = "RECORDING"', 'clock = "2014-06-05 10:30:10"',
  ].join("\n"));
  return new Promise((resolve) => {
    const child = spawn(program, ["--config", config, "--json", ...verb]);
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk) => { out += chunk; });
    child.stderr.on("data", (chunk) => { err += chunk; });
    child.on("close", (code) => resolve({ code, out, err }));
  });
}

// Resolves with what `collect` gathered when it says that it has enough.
function until(subscribe) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("no answer in time")), deadline);
    subscribe((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}

const { server, port } = await serve();
const ib = new IBApi({ host: "127.0.0.1", port, clientId: 17 });
const errors = [];
ib.on(EventName.error, (error, code, reqId) => errors.push({ text: error.message, code, reqId }));

try {
  const nextId = await until((done) => {
    ib.on(EventName.nextValidId, done);
    ib.connect();
  });
  claim("it connects and is told the next valid id", nextId === 1, nextId);
  claim("the server version is 178", ib.serverVersion === 178, ib.serverVersion);

  const stock = await until((done) => {
    ib.on(EventName.contractDetails, (reqId, details) => reqId === 1 && done(details));
    ib.reqContractDetails(1, { symbol: "TWX", secType: SecType.STK, exchange: "SMART", currency: "USD" });
  });
  claim("contract details of the stock name it", stock.contract.symbol === "TWX", stock);
  claim("liquid hours are given", stock.liquidHours.includes("20140605:0930-20140605:1600"), stock.liquidHours);

  const rows = [];
  await until((done) => {
    ib.on(EventName.securityDefinitionOptionParameter,
      (reqId, exchange, conId, tradingClass, multiplier, expirations, strikes) =>
        rows.push({ exchange, tradingClass, multiplier, expirations, strikes }));
    ib.on(EventName.securityDefinitionOptionParameterEnd, done);
    ib.reqSecDefOptParams(2, "TWX", "", SecType.STK, stock.contract.conId);
  });
  const smart = rows.find((row) => row.exchange === "SMART");
  claim("option parameters come for several exchanges, SMART among them", rows.length > 1 && smart, rows.length);
  claim("five expiries are listed", smart?.expirations.length === 5, smart?.expirations);

  const expiry = [...smart.expirations].sort()[1];
  const chain = [];
  await until((done) => {
    ib.on(EventName.contractDetails, (reqId, details) => reqId === 3 && chain.push(details));
    ib.on(EventName.contractDetailsEnd, (reqId) => reqId === 3 && done());
    ib.reqContractDetails(3, {
      symbol: "TWX", secType: SecType.OPT, exchange: "SMART", currency: "USD",
      lastTradeDateOrContractMonth: expiry, tradingClass: "TWX",
    });
  });
  claim("contract details of one expiry list its options", chain.length === 28, chain.length);

  const option = chain.find((row) => row.contract.strike === 70 && row.contract.right === OptionType.Call);
  const ticks = new Map();
  let interest;
  const model = await until((done) => {
    ib.on(EventName.tickPrice, (reqId, field, value) => reqId === 4 && ticks.set(field, value));
    ib.on(EventName.tickSize, (reqId, field, value) => {
      if (reqId === 4 && field === 27) interest = value;
    });
    ib.on(EventName.tickOptionComputation, (reqId, field, attribute, iv, delta, price, dividend, gamma, vega, theta) => {
      if (reqId === 4 && field === 13 && iv > 0) done({ iv, delta, gamma, vega, theta });
    });
    ib.reqMktData(4, option.contract, "100,101,106", false, false);
  });
  claim("bid and ask are streamed", ticks.get(1) > 0 && ticks.get(2) > ticks.get(1), [...ticks]);
  claim("the model's greeks arrive", model.delta > 0 && model.delta < 1 && model.gamma > 0 && model.vega > 0 && model.theta < 0, model);
  claim("the model's volatility is a volatility", model.iv > 0.05 && model.iv < 1, model.iv);
  await until((done) => {
    const look = () => (interest !== undefined ? done() : setTimeout(look, 50));
    look();
  });
  claim("open interest is sent for its right", interest > 0, interest);

  // Both at once: our line stays open, and ours asks for a whole slot beside it.
  const busy = [];
  const listen = (reqId) => reqId === 4 && busy.push(reqId);
  for (const event of [EventName.tickPrice, EventName.tickSize, EventName.tickOptionComputation])
    ib.on(event, listen);
  let answers = 0;
  let running = true;
  const foreign = (async () => {
    for (let id = 100; running; id += 1) {
      let ended;
      await until((done) => {
        ended = (reqId) => reqId === id && done();
        ib.on(EventName.contractDetailsEnd, ended);
        ib.reqContractDetails(id, { symbol: "TWX", secType: SecType.STK, exchange: "SMART", currency: "USD" });
      });
      ib.off(EventName.contractDetailsEnd, ended);
      answers += 1;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  const look = await ours(port, "inspect", "connection");
  const checks = look.out.startsWith("[") ? JSON.parse(look.out) : [];
  const found = (name) => checks.find((one) => one.check === name) ?? {};
  claim("ours connects beside it, under its own client id", found("client_id").found === "101 is free", look);
  claim("ours is sent live data beside it", found("market_data").state === "fine", look);
  const built = await ours(port, "contracts", "build", "--date", "2014-06-05");
  const count = built.code === 0 ? JSON.parse(built.out)[0].contracts : 0;
  claim("ours finds the contracts of the day beside it", count === 14, built);
  const before = answers;
  const slot = await ours(port, "snapshot", "--date", "2014-06-05", "--slot", "now");
  const report = slot.code === 0 ? JSON.parse(slot.out)[0] : {};
  claim("ours takes a slot beside it, every row usable", report.rows === count && report.usable === count, slot);
  running = false;
  await foreign;
  claim("it was answered all the while", answers > before + 3, { before, answers });
  claim("its own line lived on", busy.length > 0 && ib.isConnected, busy.length);
  claim("nobody was refused a client id", !errors.some((e) => e.code === 326), errors);
  ib.cancelMktData(4);

  claim("nothing so far was an error", errors.filter((e) => e.code < 2000).length === 0, errors);
  const refused = await until((done) => {
    ib.on(EventName.error, (error, code, reqId) => reqId === 5 && done(code));
    ib.reqMktData(5, { ...option.contract, conId: 0, localSymbol: undefined, strike: 71.25 }, "", false, false);
  });
  claim("a strike that is not listed is Error 200", refused === 200, refused);
} catch (error) {
  claim("the conversation runs to its end", false, `${error.message} ${JSON.stringify(errors)}`);
}
ib.disconnect();
const ended = new Promise((resolve) => server.on("close", resolve));
server.kill("SIGINT");
await ended;
claim("the gateway saw four connections", server.told.includes("4 connections"), server.told);
rmSync(folder, { recursive: true, force: true });
console.log(`${passes} passed, ${failures} failed`);
process.exit(failures === 0 ? 0 : 1);
