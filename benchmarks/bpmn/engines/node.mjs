// bpmn-engine: the source is parsed once; an instance is an engine on it. Scripts and conditions are functions made once,
// the fastest way that it offers. It has no decisions: the table is a function.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(`${process.cwd()}/`);
const load = async (name) => import(pathToFileURL(require.resolve(name)));
const pick = (module) => module.default ?? module;
const { Engine } = await load('bpmn-engine');
const BpmnModdle = pick(await load('bpmn-moddle'));
const Elements = await load('bpmn-elements');
const { default: serialize, TypeResolver } = await load('moddle-context-serializer');
const given = JSON.parse(readFileSync(process.argv[3], 'utf8'));
const say = (found) => console.log(JSON.stringify(found));

const services = {
  op_lookup(scope, done) { scope.environment.variables.customer = given.customer; done(); },
  op_pay(scope, done) { const v = scope.environment.variables; v.payment = { paid: v.amount }; done(); },
  triage(scope, done) {
    const v = scope.environment.variables;
    if (v.severity <= 1) [v.priority, v.goodwill] = v.amount < 50 ? [1, 0] : [2, 10];
    else if (v.severity === 2) [v.priority, v.goodwill] = v.customer.segment === 'gold' ? [3, 50] : [2, 20];
    else [v.priority, v.goodwill] = [4, 100];
    done();
  },
};

const functions = new Map();
const compiled = (text) => {
  if (!functions.has(text)) functions.set(text, new Function('v', `return ${text};`));
  return functions.get(text);
};
class Scripts {
  constructor() { this.known = new Map(); }
  register({ id, type, behaviour }) {
    const text = type === 'bpmn:SequenceFlow' ? behaviour.conditionExpression?.body : behaviour.script;
    if (!text) return;
    const call = compiled(text);
    this.known.set(id, { execute: (scope, done) => done(null, call(scope.environment.variables)) });
  }
  getScript(_, { id }) { return this.known.get(id); }
}

const types = TypeResolver({ ...Elements });
const contexts = new Map();
for (const { name, xml } of given.shapes) contexts.set(name, serialize(await new BpmnModdle().fromXML(xml), types));
const variables = (run) => run.definitions[0].getProcesses()[0].environment.variables;
const waiting = (run, id) => run.getPostponed().flatMap((one) => [one, ...(one.getPostponed?.() ?? [])]).find((one) => one.id === id);

async function begin(name, listener) {
  const engine = new Engine({ sourceContext: contexts.get(name), services, scripts: new Scripts() });
  return [engine, await engine.execute({ listener })];
}

function register(run) {
  Object.assign(variables(run), given.registered);
  waiting(run, 'register').signal({});
}

async function go(name, listener) {
  const [engine, run] = await begin(name, listener);
  if (name === 'COMPLAINT') {
    register(run);
    const ended = engine.waitFor('end');
    waiting(run, 'handle').signal({ decision: 'refund' });
    await ended;
    const found = variables(run);
    if (found.outcome !== 'closed' || found.payment.paid !== 180) throw new Error(JSON.stringify(found));
  } else if (run.state !== 'idle') {
    await engine.waitFor('end');
  }
  return run;
}

async function check({ name, visited }) {
  const { EventEmitter } = await import('node:events');
  const listener = new EventEmitter();
  const seen = [];
  listener.on('activity.enter', (one) => one.type !== 'bpmn:Process' && seen.push(one.id));
  await go(name, listener);
  seen.sort();
  if (JSON.stringify(seen) !== JSON.stringify(visited)) throw new Error(`${name} went through ${seen}`);
}

async function rate(call) {
  const warm = performance.now();
  while (performance.now() - warm < 400) await call();
  const rates = [];
  for (let batch = 0; batch < 10; batch += 1) {
    let count = 0;
    const began = process.cpuUsage();
    let used = 0;
    while (used < 200_000) {
      await call();
      count += 1;
      const { user, system } = process.cpuUsage(began);
      used = user + system;
    }
    rates.push((count / used) * 1e6);
  }
  return Math.max(...rates);
}

const stored = async (engine) => {
  const state = await engine.getState();
  for (const definition of state.definitions) delete definition.source;
  return JSON.stringify(state);
};

const installed = `${process.cwd()}/node_modules/bpmn-engine/package.json`;
say({ version: JSON.parse(readFileSync(installed, 'utf8')).version });
for (const shape of given.shapes) {
  try {
    await check(shape);
    say({ shape: shape.name, nodes: shape.visited.length, rate: await rate(() => go(shape.name)) });
  } catch (error) {
    say({ shape: shape.name, refused: String(error.message).slice(0, 120) });
  }
}
const [engine, run] = await begin('COMPLAINT');
const atRegister = await stored(engine);
say({ state: 'register', bytes: atRegister.length });
register(run);
say({ state: 'handle', bytes: (await stored(engine)).length });
await engine.stop();
const step = async () => {
  const again = new Engine({ services, scripts: new Scripts(), sourceContext: contexts.get('COMPLAINT') });
  again.recover(JSON.parse(atRegister));
  const resumed = await again.resume();
  register(resumed);
  await stored(again);
  await resumed.stop();
};
say({ step: 1000 / (await rate(step)) });
process.exit(0);
