// @stoqey/ib at the gateway of burst_server; see burst_client.cc, which does the same with ours.
//
//   node bench/peers/stoqey_client.mjs PORT      prints {"cpu_s": ..., "events": ..., "last_bid": ...}
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { IBApi, EventName, SecType, OptionType } = require("@stoqey/ib");

const lines = 100;
const ib = new IBApi({ host: "127.0.0.1", port: Number(process.argv[2]), clientId: 17 });
const once = (event, start) => new Promise((resolve) => { ib.once(event, resolve); start(); });

// What a collector would keep: the ticks of each line.
const kept = new Map();
let events = 0;
let seen = 0;
function keep(reqId, field, value) {
  events += 1;
  kept.get(reqId)?.set(field, value);
}
ib.on(EventName.tickPrice, keep);
ib.on(EventName.tickSize, keep);
ib.on(EventName.tickGeneric, keep);
ib.on(EventName.tickString, keep);
ib.on(EventName.marketDataType, keep);
ib.on(EventName.tickReqParams, keep);
ib.on(EventName.tickOptionComputation,
  (reqId, field, attribute, iv, delta, price, dividend, gamma, vega, theta, underlying) =>
    keep(reqId, field, { iv, delta, price, dividend, gamma, vega, theta, underlying }));
ib.on(EventName.error, () => {});

await once(EventName.nextValidId, () => ib.connect());
for (let id = 1000; id < 1000 + lines; id += 1) kept.set(id, new Map());
for (let id = 1000; id < 1000 + lines; id += 1)
  ib.reqMktData(id, {
    conId: id, symbol: "S", secType: SecType.OPT, exchange: "SMART", currency: "USD",
    strike: 100, right: OptionType.Call, lastTradeDateOrContractMonth: "20261016",
  }, "100,101,106", false, false);
// Each line is sent one contract's ticks at once; the last has come when it has a model.
const ready = () => kept.get(1000 + lines - 1).has(13);
while (!ready()) await new Promise((resolve) => setTimeout(resolve, 20));
seen = events;
const before = process.cpuUsage();
await once(EventName.currentTime, () => ib.reqCurrentTime());
const used = process.cpuUsage(before);
console.log(JSON.stringify({
  cpu_s: (used.user + used.system) / 1e6, events: events - seen,
  last_bid: kept.get(1000 + lines - 1).get(1),
}));
ib.disconnect();
process.exit(0);
