// The official Node.js SDK on a pipe. Each line that comes is a call, {"call", "with"}; each line
// that goes is what the SDK made of the answer, {"answer"}, or the error that it threw.

"use strict";

const { default: Credential } = require("@open-dy/open_api_credential");
const sdk = require("@open-dy/open_api_sdk");
const { createInterface } = require("node:readline");

const [clientKey, clientSecret] = process.argv.slice(2);

const credential = new Credential({ clientKey, clientSecret });
const client = new sdk.default({ clientKey, clientSecret });

async function answerTo({ call, with: fields }) {
  if (call === "token") {
    return (await credential.getClientToken()).accessToken;
  }
  const name = call[0].toUpperCase() + call.slice(1);
  return client[call](new sdk[`${name}Request`](fields));
}

async function main() {
  for await (const line of createInterface({ input: process.stdin })) {
    let said;
    try {
      said = { answer: await answerTo(JSON.parse(line)) };
    } catch (error) {
      said = { error: { code: String(error.code ?? ""), message: error.message } };
    }
    process.stdout.write(`${JSON.stringify(said)}\n`);
  }
}

main();
