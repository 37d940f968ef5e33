// A worker for Firstline in plain Node (20 or newer), without any package:
//   FIRSTLINE_URL=https://service.example.com FIRSTLINE_KEY=flk_... node worker.mjs
// It does jobs of type "charge-card" one after the other, and ends on SIGTERM when the one in hand is done.

const server = process.env.FIRSTLINE_URL + "/api/v1/";
const key = process.env.FIRSTLINE_KEY;
const leaseSeconds = Number(process.env.LEASE_SECONDS ?? 60);
const stopping = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => stopping.abort());

class Refused extends Error {}
class BpmnError extends Error {}

async function post(path, body, signal) {
  const answer = await fetch(server + path, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
    signal,
  });
  const told = await answer.json();
  if (answer.status >= 500) throw new Error(told.detail ?? answer.statusText); // later perhaps
  if (!answer.ok) throw new Refused(`${answer.status} ${told.code}: ${told.detail}`); // never
  return told;
}

// What this worker is for. A job may come again after a crash: job.key stays the same.
async function charge(job) {
  if (job.variables.amount > 500) throw new BpmnError("DECLINED");
  return { receipt: `R-${job.key.slice(-4)}`, chargedOn: { $date: new Date().toISOString().slice(0, 10) } };
}

async function doJob(job) {
  const lease = `leases/${job.lease}/`;
  // Long work keeps its job: extended when a third of the lease has passed.
  const keeper = setInterval(() => post(lease + "extend", { lease_seconds: leaseSeconds }).catch(console.error), leaseSeconds * 333);
  let answer;
  try {
    answer = ["complete", { variables: await charge(job) }];
  } catch (error) {
    answer = error instanceof BpmnError ? ["error", { code: error.message }] : ["fail", { message: String(error) }];
  } finally {
    clearInterval(keeper);
  }
  // Said until it is heard; the same answer twice is taken once.
  for (;;) {
    try {
      return await post(lease + answer[0], answer[1]);
    } catch (error) {
      console.error(error.message);
      if (error instanceof Refused) return; // the lease ran out, or nobody waits any more: drop the result
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

while (!stopping.signal.aborted) {
  try {
    const wanted = { types: ["charge-card"], worker: `node ${process.pid}`, lease_seconds: leaseSeconds, wait_seconds: 30 };
    for (const job of (await post("jobs/activate", wanted, stopping.signal)).jobs) await doJob(job);
  } catch (error) {
    if (stopping.signal.aborted) break;
    if (error instanceof Refused) throw error; // the key is wrong: somebody has to look
    console.error(error.message);
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
}
