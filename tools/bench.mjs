// Runs every benchmark of a build tree, one after the other, and gathers what they say: each figure
// is a row {name, value, unit, against, ratio, goal, met, machine, commit, date} of
// TREE/results.json. Prints them as a table.
//
//   node tools/bench.mjs build/bench [--large] [--build] [--only REGEX]
//
//   --large   also days of 0.5 and 1.5 million contracts: half an hour, 4 GB of disk, 5 GB of memory
//   --build   also a clean and an incremental build of this tree, without ccache
//   --only    suites whose name matches; other rows of an earlier run are kept
//
// OPT_DATA_PYTHON names a Python that has the peers ib_async and pandas; what is not installed is
// skipped with a message. OPT_DATA_COMMIT stands for the commit where git is not. Exit code 1 when a benchmark could not be run; a missed goal is no failure.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { cpus, release, tmpdir, totalmem } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const [tree, ...flags] = process.argv.slice(2);
const large = flags.includes("--large");
const only = flags.includes("--only") ? new RegExp(flags[flags.indexOf("--only") + 1]) : null;
const python = process.env.OPT_DATA_PYTHON ?? "python3";
const bench = join(resolve(tree), "bench");
const program = join(resolve(tree), "opt-data");
const results = join(resolve(tree), "results.json");

function run(command, args, options = {}) {
  const done = spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 28, cwd: root, ...options });
  if (done.error) throw done.error;
  return done;
}

function output(command, args, options) {
  const done = run(command, args, { stdio: ["ignore", "pipe", "inherit"], ...options });
  if (done.status !== 0) throw new Error(`${command} ended with ${done.status ?? done.signal}`);
  return done.stdout;
}

function row(name, value, unit, { against = null, ratio = null, goal = null, note } = {}) {
  const figure = ratio ?? value;
  const met = goal === null ? null
    : goal.startsWith(">=") ? figure >= Number(goal.slice(2)) : figure <= Number(goal.slice(2));
  return { name, value, unit, against, ratio, goal, met, ...(note ? { note } : {}) };
}

function median(figures) {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

// A program that prints rows.
function rowsOf(name, ...args) {
  return output(join(bench, name), args).split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

// Google Benchmark's: the median CPU time of an item, in ns, by name. Repetitions are interleaved.
function itemTimes(name) {
  const report = JSON.parse(output(join(bench, name), [
    "--benchmark_format=json", "--benchmark_repetitions=7", "--benchmark_min_time=0.2",
    "--benchmark_enable_random_interleaving=true",
  ]));
  const times = new Map();
  for (const each of report.benchmarks)
    if (each.aggregate_name === "median" && !each.error_occurred)
      times.set(each.run_name, 1e9 / each.items_per_second);
  return times;
}

function decode() {
  const times = itemTimes("decode_bench");
  const ns = times.get("decode_ticks");
  const socket = times.get("loopback_to_values");
  const rows = [
    row("decode.message", ns, "ns of CPU a message", {
      against: "finding the ends of its fields", ratio: ns / times.get("bound_find_fields") }),
    row("decode.loopback", 1e3 / socket, "million messages a second of CPU", {
      against: "the decoder alone", ratio: ns / socket, goal: ">= 0.6" }),
  ];
  const valgrind = run("sh", ["-c", "command -v valgrind"]).status === 0;
  if (!valgrind) return [...rows, { name: "decode.instructions", skipped: "valgrind is not installed" }];
  const counted = run("valgrind", [
    "--tool=callgrind", "--toggle-collect=opt_data::bench::count_decode*",
    "--callgrind-out-file=/dev/null", join(bench, "count_decode"), "20",
  ]);
  const each = Number(counted.stderr.match(/Collected : (\d+)/)[1]) / Number(counted.stdout);
  rows.push(row("decode.instructions", each, "instructions a message", {
    against: "1200", ratio: each / 1200, goal: "<= 1" }));
  return rows;
}

function pricing() {
  const times = itemTimes("pricing_bench");
  const iv = times.get("implied_volatility_alone/4000");
  const rows = [
    row("pricing.iv", 1e3 / iv, "million volatilities a second of CPU", { goal: ">= 3" }),
    row("pricing.iv.in-prices", iv, "ns of CPU", {
      against: "one evaluation of Black's formula", ratio: iv / times.get("price_alone/4000"),
      goal: "<= 10" }),
    row("pricing.chain", 1e3 / times.get("solve_chain_with_greeks/4000"),
      "million contracts a second of CPU", {
        against: "volatilities alone", ratio: times.get("solve_chain_with_greeks/4000") / iv,
        note: "with delta, gamma, theta and vega" }),
  ];
  const peers = [...times].filter(([name]) => name.startsWith("quantlib"));
  if (peers.length === 0)
    return [...rows, { name: "pricing.iv.quantlib", skipped: "QuantLib was not found when this was built" }];
  const [name, fastest] = peers.reduce((a, b) => (a[1] < b[1] ? a : b));
  rows.push(row("pricing.iv.quantlib", iv, "ns of CPU", {
    against: `QuantLib's ${name.replace(/^quantlib_|\/.*$/g, "").replaceAll("_", " ")}`,
    ratio: iv / fastest, goal: "<= 1" }));
  return rows;
}

// Starts the gateway that knows one answer, and lets each client have it in turn.
async function peers() {
  const rounds = 400;
  const messages = 100 * rounds * 21;
  const server = spawn(join(bench, "burst_server"), [String(rounds)], { stdio: ["ignore", "pipe", "inherit"] });
  const port = await new Promise((done, failed) => {
    server.stdout.once("data", (text) => done(String(text).trim()));
    server.once("exit", () => failed(new Error("burst_server ended")));
  });
  try {
    const clients = [
      ["ours", join(bench, "burst_client"), [port]],
      ["stoqey", process.execPath, [join(root, "bench/peers/stoqey_client.mjs"), port]],
      ["ib_async", python, [join(root, "bench/peers/ib_async_client.py"), port]],
    ];
    const cpu = new Map(clients.map(([name]) => [name, []]));
    for (let turn = 0; turn < 5; turn += 1)
      for (const [name, command, args] of clients) {
        const done = spawnSync(command, args, { encoding: "utf8", cwd: root });
        if (done.status === 0) cpu.get(name).push(JSON.parse(done.stdout).cpu_s);
      }
    const ours = cpu.get("ours");
    const against = (name, words, goal) => {
      const theirs = cpu.get(name);
      if (theirs.length < 5) return { name: `wire.${name}`, skipped: `${words} is not installed` };
      return row(`wire.${name}`, median(theirs) / messages * 1e9, "ns of CPU a message", {
        against: "our own session", ratio: median(theirs.map((time, i) => time / ours[i])), goal,
        note: `a peer: ${words}, from the socket to its listeners` });
    };
    return [
      row("wire.ours", median(ours) / messages * 1e9, "ns of CPU a message", {
        note: "from the socket to the quote of its line" }),
      against("stoqey", "@stoqey/ib", ">= 15"),
      against("ib_async", "ib_async", ">= 30"),
    ];
  } finally {
    server.kill();
  }
}

function usage(...command) {
  return JSON.parse(output(join(bench, "usage"), command));
}

function programs() {
  const help = [], nothing = [];
  for (let turn = 0; turn < 15; turn += 1) {
    help.push(usage(program, "--help").cpu_s);
    nothing.push(usage("/bin/true").cpu_s);
  }
  const loaded = run(program, ["--help"], { env: { ...process.env, LD_DEBUG: "libs" } }).stderr;
  const folder = mkdtempSync(join(tmpdir(), "bench-demo-"));
  const demo = [];
  for (let turn = 0; turn < 5; turn += 1)
    demo.push(usage(program, "demo", "--dir", join(folder, String(turn))));
  rmSync(folder, { recursive: true, force: true });
  for (const each of demo) if (each.exit !== 0) throw new Error("the demo failed");
  const cpu = median(demo.map((each) => each.cpu_s));
  const peak = median(demo.map((each) => each.peak_kb)) / 1024;
  const ms = median(help) * 1e3;
  return [
    row("program.help", ms, "ms of CPU", {
      against: "20 ms", ratio: ms / 20, goal: "<= 1",
      note: `a program that does nothing: ${(median(nothing) * 1e3).toFixed(1)} ms` }),
    row("program.help.duckdb", /calling init:.*libduckdb/.test(loaded) ? 1 : 0, "loads DuckDB", { goal: "<= 0" }),
    row("program.demo", cpu, "s of CPU", {
      against: "3 s", ratio: cpu / 3, goal: "<= 1",
      note: `${(median(demo.map((each) => each.wall_s)) / cpu).toFixed(2)} of it on the wall` }),
    row("program.demo.peak", peak, "MB at most in memory", {
      against: "150 MB", ratio: peak / 150, goal: "<= 1" }),
  ];
}

function builds() {
  const folder = mkdtempSync(join(tmpdir(), "bench-build-"));
  const env = { ...process.env, CCACHE_DISABLE: "1" };
  const timed = (words, minutes, source) => {
    if (source) utimesSync(join(root, source), new Date(), new Date());
    const used = JSON.parse(output(join(bench, "usage"),
      ["cmake", "--build", folder, "--target", "opt-data", "-j", "2"], { env }));
    if (used.exit !== 0) throw new Error("the build failed");
    const bound = used.cpu_s / 2 / 60;  // On two cores it takes no less.
    return row(`build.${words}`, used.wall_s / 60, "min on two cores", {
      against: `${minutes} min`, ratio: used.wall_s / 60 / minutes, goal: "<= 1",
      note: `half of its CPU is ${bound.toFixed(2)} min` });
  };
  try {
    output("cmake", ["-S", root, "-B", folder, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release"]);
    return [timed("clean", 4), timed("one-source", 1 / 3, "src/store/parquet_writer.cc")];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const suites = [
  ["makespan", () => rowsOf("makespan_bench")],
  ["decode", decode],
  ["peers", peers],
  ["publish", () => rowsOf("publish_bench", "30000", "500000", ...(large ? ["1500000"] : []))],
  ["day", () => rowsOf("day_bench", "100000", "200", "3")],
  ["day-500000", () => (large ? rowsOf("day_bench", "500000", "500", "3") : [])],
  ["day-1500000", () => (large ? rowsOf("day_bench", "1500000", "5500", "1") : [])],
  ["pricing", pricing],
  ["programs", programs],
  ["build", () => (flags.includes("--build") ? builds() : [])],
];

function commit() {
  if (process.env.OPT_DATA_COMMIT) return process.env.OPT_DATA_COMMIT;
  const described = spawnSync("git", ["describe", "--always", "--dirty", "--abbrev=12"], { cwd: root, encoding: "utf8" });
  return described.status === 0 ? described.stdout.trim() : "unknown";
}

function number(value) {
  if (value === null || value === undefined) return "";
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function table(rows) {
  for (const each of rows)
    console.log(each.skipped
      ? `${each.name.padEnd(38)}skipped: ${each.skipped}`
      : `${each.name.padEnd(38)}${number(each.value).padStart(9)} ${each.unit.padEnd(38)}` +
        `${number(each.ratio).padStart(7)} ${(each.goal ?? "").padEnd(8)}` +
        `${each.met === null ? "" : each.met ? "met" : "MISSED"}`);
}

if (!tree || !existsSync(bench)) {
  console.error("usage: node tools/bench.mjs TREE [--large] [--build] [--only REGEX]; TREE is build/bench");
  process.exit(2);
}
const about = {
  machine: `${cpus().length} x ${cpus()[0].model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, Linux ${release()}`,
  commit: commit(),
  date: new Date().toISOString().slice(0, 10),
};
const fresh = [];
let failed = false;
for (const [name, suite] of suites) {
  if (only && !only.test(name)) continue;
  try {
    const rows = (await suite()).map((each) => ({ ...each, ...about }));
    if (rows.length > 0) console.log(`== ${name}`);
    table(rows);
    fresh.push(...rows);
  } catch (error) {
    console.error(`bench: ${name}: ${error.message}`);
    failed = true;
  }
}
const names = new Set(fresh.map((each) => each.name));
const before = existsSync(results) ? JSON.parse(readFileSync(results, "utf8")) : [];
const kept = only || failed || !large ? before.filter((each) => !names.has(each.name)) : [];
writeFileSync(results, `${JSON.stringify([...kept, ...fresh], null, 1)}\n`);
console.log(`${fresh.length} rows are in ${results}`);
process.exit(failed ? 1 : 0);
