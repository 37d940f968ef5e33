// The engines on Node: feelin and js-feel (FEEL), dmn-eval-js (S-FEEL tables), zen-engine (a language of its own).
// Usage: node node.mjs PEER CASES.json, in the folder of its node_modules. It speaks lines of JSON, as the harness hears them.
import fs from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(process.cwd() + '/');
const [peer, casesFile] = process.argv.slice(2);
const everything = JSON.parse(fs.readFileSync(casesFile, 'utf8'));
const say = (found) => process.stdout.write(JSON.stringify(found) + '\n');
console.log = console.warn = () => {};
const version = (name) => JSON.parse(fs.readFileSync(`node_modules/${name}/package.json`, 'utf8')).version;
const reason = (error) => String((error && error.message) || error).split('\n')[0].slice(0, 80);
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const same = (found, wanted) =>
  typeof wanted === 'number' ? Math.abs(found - wanted) < 1e-8
    : Array.isArray(wanted) ? Array.isArray(found) && found.length === wanted.length && wanted.every((w, i) => same(found[i], w))
      : found === wanted;

async function seconds(call, count) {
  const began = process.cpuUsage();
  for (let turn = 0; turn < count; turn++) {
    const answer = call();
    if (answer instanceof Promise) await answer;
  }
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1e6;
}

async function rate(call) {
  let count = 1, took;
  // Long enough for the engine's own compiler to do its work first.
  while ((took = await seconds(call, count)) < 0.15) count *= 2;
  const batches = [];
  for (let batch = 0; batch < 5; batch++) batches.push(await seconds(call, count));
  return count / median(batches);
}

async function measure(given, ways) {
  try {
    for (const [way, call] of Object.entries(await ways(given))) {
      const found = await call();
      if (!same(found, given.result)) say({ case: given.name, way, refused: `gave ${JSON.stringify(found)}`.slice(0, 80) });
      else say({ case: given.name, way, rate: await rate(call) });
    }
  } catch (error) { say({ case: given.name, refused: reason(error) }); }
}

async function measureTable(decide, note = '') {
  try {
    for (const [inputs, wanted] of everything.questions) {
      const found = await decide(inputs);
      if (found !== wanted) return say({ case: everything.table, way: 'compiled', refused: `gave ${found}` });
    }
    let turn = 0;
    const next = () => decide(everything.questions[turn++ % everything.questions.length][0]);
    say({ case: everything.table, way: 'compiled', rate: await rate(next), note });
  } catch (error) { say({ case: everything.table, refused: reason(error) }); }
}

const engines = {
  async feelin() {
    const feel = await import(require.resolve('feelin').replace('/dist/index.cjs', '/dist/index.js'));
    const brackets = { 'unary tests': '(amount between 100 and 500) and (severity in [2..4]) and (channel in ("email","web"))' };
    const turned = (value) => value && value.date ? feel.evaluate(`date("${value.date}")`).value : value;
    say({ version: version('feelin') });
    for (const given of everything.cases) {
      const context = Object.fromEntries(Object.entries(given.context).map(([name, value]) => [name, turned(value)]));
      const text = brackets[given.name] || given.text;
      await measure(given, () => ({ 'parse and evaluate': () => feel.evaluate(text, context).value }));
    }
    const decide = (inputs) => {
      for (const row of everything.rules) {
        const holds = everything.inputs.every((name, column) => row[column] === '-' || feel.unaryTest(row[column], { '?': inputs[name] }).value === true);
        if (holds) return feel.evaluate(row[5]).value;
      }
      return undefined;
    };
    await measureTable(decide, 'our loop over its unaryTest');
  },
  async 'js-feel'() {
    const { feel } = require('js-feel')();
    const texts = {
      dates: 'date("2026-11-21") - date("2026-01-15") > duration("P30D")',
      'unary tests': '(amount between 100 and 500) and (severity in ([2..4])) and (channel in ("email","web"))',
    };
    say({ version: version('js-feel'), note: 'the date stands in the text: it takes none from outside' });
    for (const given of everything.cases) {
      const text = texts[given.name] || given.text;
      await measure(given, () => {
        const tree = feel.parse(text);
        return { compiled: () => tree.build(given.context), 'parse and evaluate': () => feel.parse(text).build(given.context) };
      });
    }
  },
  async 'dmn-eval-js'() {
    const { decisionTable } = require('@hbtgmbh/dmn-eval-js');
    say({ version: version('@hbtgmbh/dmn-eval-js') });
    const decisions = await decisionTable.parseDmnXml(everything.dmn11);
    await measureTable((inputs) => decisionTable.evaluateDecision('route', decisions, inputs).route);
  },
};
await engines[peer]();
process.exit(0);
