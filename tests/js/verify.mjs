// A relying party: verifies a token by nothing but the URL of its issuer, with `jose`.
// Usage: node verify.mjs ISSUER AUDIENCE, the token on standard input; prints the claims as JSON.
import { readFileSync } from "node:fs";
import { createRemoteJWKSet, jwtVerify } from "jose";

const [issuer, audience] = process.argv.slice(2);
const discovered = await fetch(`${issuer}/.well-known/openid-configuration`);
const { issuer: named, jwks_uri, id_token_signing_alg_values_supported: algorithms } = await discovered.json();
if (named !== issuer) throw new Error(`${named} is not ${issuer}`);
const keys = createRemoteJWKSet(new URL(jwks_uri));
const token = readFileSync(0, "utf8").trim();
const { payload, protectedHeader } = await jwtVerify(token, keys, { issuer, audience, algorithms });
console.log(JSON.stringify({ payload, protectedHeader }));
