// A SAML identity provider (samlp) whose people need no password. It is told one line of JSON on its standard input,
// { issuer, certificate, key, encryption: { certificate, publicKey }, people: { NAME: { ATTRIBUTE: VALUE or [VALUE] } } },
// and answers with its port. /metadata is its metadata; /sso?person=NAME&to=ADDRESS&audience=NAME is the page that a
// browser posts to ADDRESS by itself, which &signs=response|both, &encrypts=ALGORITHM and &RelayState=WHERE change.

import http from "node:http";
import readline from "node:readline";
import samlp from "samlp";

const line = await new Promise((told) => readline.createInterface({ input: process.stdin }).once("line", told));
const { issuer, certificate, key, encryption, people } = JSON.parse(line);

class Person {
  constructor(name) {
    this.name = name;
  }
  getClaims() {
    return people[this.name];
  }
  getNameIdentifier() {
    return { nameIdentifier: this.name, nameIdentifierFormat: "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent" };
  }
}
function profileMapper(name) {
  return new Person(name);
}
profileMapper.prototype.metadata = [{ id: "https://aws.amazon.com/SAML/Attributes/Role", displayName: "Role" }];

function signedIn(request) {
  const { person, to, audience, signs, encrypts } = request.query;
  return samlp.auth({
    issuer,
    cert: certificate,
    key,
    audience,
    recipient: to,
    destination: to,
    lifetimeInSeconds: 300,
    profileMapper,
    getUserFromRequest: () => person,
    getPostURL: (_audience, _request, _req, callback) => callback(null, to),
    signResponse: signs === "response" || signs === "both",
    signAssertion: signs !== "response",
    ...(encrypts && {
      encryptionCert: encryption.certificate,
      encryptionPublicKey: encryption.publicKey,
      encryptionAlgorithm: encrypts,
      disallowEncryptionWithInsecureAlgorithm: false,
      warnOnInsecureEncryptionAlgorithm: false,
    }),
  });
}

const server = http.createServer((request, response) => {
  const url = new URL(request.url, "http://idp");
  request.query = Object.fromEntries(url.searchParams);
  request.originalUrl = request.url;
  request.protocol = "http";
  response.set = (name, value) => response.setHeader(name, value);
  response.send = (body) => (typeof body === "number" ? response.writeHead(body).end() : response.end(body));
  const failed = (error) => response.writeHead(500).end(String(error));
  if (url.pathname === "/metadata") {
    samlp.metadata({ issuer, cert: certificate, profileMapper, redirectEndpointPath: "/sso", postEndpointPath: "/sso" })(request, response);
  } else {
    signedIn(request)(request, response, failed);
  }
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
