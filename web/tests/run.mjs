// Compiles the tests and runs them with Node's own runner. With --mock it serves the invented data
// instead; with names after it, only the files whose names contain one of them are run.
import { spawn } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { build } from 'esbuild';

const words = process.argv.slice(2);
const mock = words.includes('--mock');
const wanted = words.filter((word) => !word.startsWith('--'));
const tests = readdirSync('tests').filter((name) => name.endsWith('.test.ts') && (wanted.length === 0 || wanted.some((word) => name.includes(word))));
const entries = mock ? ['tests/mock/main.ts'] : tests.map((name) => 'tests/' + name);
const out = 'build/tests';

rmSync(out, { recursive: true, force: true });
await build({ entryPoints: entries, outdir: out, outExtension: { '.js': '.mjs' }, outbase: 'tests', bundle: true, platform: 'node', format: 'esm', packages: 'external', sourcemap: 'inline', logLevel: 'warning' });

const made = mock ? [`${out}/mock/main.mjs`] : ['--test', ...entries.map((entry) => `${out}/${basename(entry, '.ts')}.mjs`)];
const child = spawn(process.execPath, ['--enable-source-maps', ...made], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));
