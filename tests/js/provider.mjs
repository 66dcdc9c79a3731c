// A certified OpenID Connect provider, `oidc-provider`, over https. Told on standard input, one JSON document a line; it
// answers each with one line.
//
// The first: {"issuer", "client", "secret", "redirect", "pem", "keys", "claims"} with a file of certificates and key, its
// private keys as a JWK Set, and the claims of whoever signs in; answers {"port"}. Every other: {"keys"}, which take the
// place of those before; answers {}.

import fs from "node:fs";
import https from "node:https";
import readline from "node:readline";
import { Provider } from "oidc-provider";

let server;
let told;

console.log = console.info = console.warn = console.error; // what is written there would be taken for an answer

function provider() {
  const made = new Provider(told.issuer, {
    clients: [{
      client_id: told.client,
      client_secret: told.secret,
      redirect_uris: [told.redirect],
      id_token_signed_response_alg: told.keys.keys[0].alg,
    }],
    jwks: told.keys,
    cookies: { keys: [told.secret] },
    conformIdTokenClaims: false,
    claims: { openid: Object.keys(told.claims) },
    enabledJWA: { idTokenSigningAlgValues: ["RS256", "ES256", "ES384"] },
    findAccount: async (_, id) => ({ accountId: id, claims: async () => ({ ...told.claims, sub: id }) }),
  });
  made.proxy = false;
  return made.callback();
}

async function start() {
  const pem = fs.readFileSync(told.pem);
  server = https.createServer({ cert: pem, key: pem });
  server.on("request", provider());
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: server.address().port };
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const next = JSON.parse(line);
  told = { ...told, ...next };
  let answer = {};
  if (server === undefined) {
    answer = await start();
  } else {
    server.removeAllListeners("request");
    server.on("request", provider());
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
