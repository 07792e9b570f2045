// Writes the tables of docs/performance.md from what the benchmarks said last.
//
//   node tools/performance_page.mjs [build/bench/results.json]
//
// A table stands between `<!-- rows: REGEX -->` and `<!-- end -->` and has every row whose name
// matches; `<!-- about -->` to `<!-- end -->` has machine, commit and date.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const page = join(root, "docs", "performance.md");
const results = JSON.parse(readFileSync(process.argv[2] ?? join(root, "build/bench/results.json"), "utf8"));

function number(value) {
  if (value === null || value === undefined) return "";
  const text = Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
  return text.replace(/\B(?=(\d{3})+$)/g, (_, __, at) => (text.includes(".") ? "" : ","));
}

function line(row) {
  if (row.skipped) return `| \`${row.name}\` | skipped: ${row.skipped} | | | | |`;
  const words = row.note ? `${row.unit}; ${row.note}` : row.unit;
  const met = row.met === null ? "" : row.met ? "met" : "**missed**";
  return `| \`${row.name}\` | ${number(row.value)} ${words} | ${row.against ?? ""} | ` +
    `${number(row.ratio)} | ${(row.goal ?? "").replace(">=", "≥").replace("<=", "≤")} | ${met} |`;
}

function table(pattern) {
  const rows = results.filter((row) => new RegExp(pattern).test(row.name));
  if (rows.length === 0) throw new Error(`no row is called ${pattern}`);
  return ["| figure | value | against | ratio | goal | |", "|---|---|---|---:|---:|---|", ...rows.map(line)].join("\n");
}

function about() {
  const seen = [...new Set(results.map((row) => `${row.machine}; commit ${row.commit}, ${row.date}`))];
  return seen.map((text) => `- ${text}`).join("\n");
}

const text = readFileSync(page, "utf8")
  .replace(/(<!-- rows: (.+?) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, begin, pattern, end) => `${begin}${table(pattern)}\n${end}`)
  .replace(/(<!-- about -->\n)[\s\S]*?(<!-- end -->)/g, (_, begin, end) => `${begin}${about()}\n${end}`);
writeFileSync(page, text);
