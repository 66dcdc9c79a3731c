// Makes calls with the AWS SDK for JavaScript v3 as it is told on standard input, one JSON document a line, and answers
// each with one line: {"output": …} or {"error": …}. What it is told:
//
//   service      "iam" or "sts"
//   client       the client's configuration: endpoint, region, credentials, maxAttempts
//   clockOffset  how far this machine's clock is off meanwhile, in milliseconds
//   command      an operation to send, with `input`
//   paginate     an operation to send for every page, with `input` and `pageSize`; answers the pages
//   wait         a waiter to run, with `input`; answers its state

import readline from "node:readline";
import * as iam from "@aws-sdk/client-iam";
import * as sts from "@aws-sdk/client-sts";

const SDKS = { iam: { ...iam, Client: iam.IAMClient }, sts: { ...sts, Client: sts.STSClient } };

const trueNow = Date.now;

// The typed exceptions of an SDK that an error is an instance of, the most general last.
function typesOf(sdk, error) {
  const names = [];
  for (let type = error.constructor; type?.name && type !== Error; type = Object.getPrototypeOf(type)) {
    if (sdk[type.name] === type) names.push(type.name);
  }
  return names;
}

async function answer(told) {
  const sdk = SDKS[told.service];
  const client = new sdk.Client(told.client);
  Date.now = () => trueNow() + (told.clockOffset ?? 0);
  try {
    if (told.command) {
      return { output: await client.send(new sdk[`${told.command}Command`](told.input)) };
    }
    if (told.paginate) {
      const pages = [];
      for await (const page of sdk[`paginate${told.paginate}`]({ client, pageSize: told.pageSize }, told.input)) {
        pages.push(page);
      }
      return { output: { pages } };
    }
    const { state } = await sdk[`waitUntil${told.wait}`]({ client, minDelay: 1, maxWaitTime: 10 }, told.input);
    return { output: { state } };
  } catch (error) {
    const { name, message, $fault, $metadata } = error;
    return { error: { name, message, fault: $fault, types: typesOf(sdk, error), $metadata } };
  } finally {
    Date.now = trueNow;
    client.destroy();
  }
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}
