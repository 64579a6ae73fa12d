// Waits until the program that was just started is ready, follows the one-time link that
// it printed, and waits until the first page shows charts; gives up after that many
// seconds.
//
//   node .ci/start.mjs http://127.0.0.1:8080 300 up.log http://127.0.0.1:9090
import { readFileSync } from 'node:fs';

const [base, seconds, log, operators] = [process.argv[2], Number(process.argv[3]), process.argv[4], process.argv[5]];
const end = Date.now() + seconds * 1000;
let cookie = '';

async function ask(address) {
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(10_000), redirect: 'manual', headers: { cookie } });
    return { status: answer.status, text: await answer.text(), cookies: answer.headers.getSetCookie() };
  } catch (e) {
    return { status: 0, text: String(e.cause ?? e), cookies: [] };
  }
}

async function until(what, address, holds) {
  let last;
  while (Date.now() < end) {
    last = await ask(address);
    if (holds(last)) {
      console.log(`${what}: ok`);
      return last;
    }
    await new Promise((wake) => setTimeout(wake, 500));
  }
  console.error(`${what}: not within ${seconds} s; ${address} last answered ${last?.status}: ${last?.text.slice(0, 300)}`);
  process.exit(1);
}

async function printedLink() {
  while (Date.now() < end) {
    const found = readFileSync(log, 'utf8').match(/http:\/\/\S+\/login\/link\/\S+/);
    if (found) { return found[0]; }
    await new Promise((wake) => setTimeout(wake, 500));
  }
  console.error(`no sign-in link was printed within ${seconds} s`);
  process.exit(1);
}

await until('alive', base + '/healthz', (a) => a.status === 200);
await until('ready', base + '/readyz', (a) => a.status === 200);
await until('guests are sent to sign in', base + '/', (a) => a.status === 303);
const link = await printedLink();
const entered = await until('sign-in link', link, (a) => a.status === 303);
cookie = entered.cookies.map((c) => c.split(';')[0]).join('; ');
await until('the link works once', link, (a) => a.status === 403);
await until('first page', base + '/', (a) => a.status === 200 && a.text.includes('<html') && a.text.includes('echarts'));
await until('metrics', operators + '/metrics', (a) => a.status === 200 && a.text.includes('go_goroutines'));
