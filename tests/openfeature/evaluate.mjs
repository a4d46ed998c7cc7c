// Reads flags with a stock provider, and prints their details as a JSON object.
// Arguments: "server" or "web", the base URL, the token, and the flags' defaults as JSON.
import { OpenFeature as Server } from "@openfeature/server-sdk";
import { OpenFeature as Web } from "@openfeature/web-sdk";
import { OFREPProvider } from "@openfeature/ofrep-provider";
import { OFREPWebProvider } from "@openfeature/ofrep-web-provider";

const [kind, baseUrl, token, defaults] = process.argv.slice(2);
const flags = Object.entries(JSON.parse(defaults));
const headers = [["Authorization", `Bearer ${token}`]];
const found = {};

if (kind === "server") {
  await Server.setProviderAndWait(new OFREPProvider({ baseUrl, headers }));
  const client = Server.getClient();
  for (const [name, value] of flags) found[name] = await client.getBooleanDetails(name, value);
  await Server.close();
} else {
  await Web.setContext({ targetingKey: "ann" });
  const provider = new OFREPWebProvider({ baseUrl, headers, pollInterval: 0 });
  await Web.setProviderAndWait(provider);
  const client = Web.getClient();
  for (const [name, value] of flags) found[name] = client.getBooleanDetails(name, value);
  // Evaluates again, with the ETag of the first response.
  await Web.setContext({ targetingKey: "bob" });
  for (const [name, value] of flags) {
    found[`${name} again`] = client.getBooleanDetails(name, value);
  }
  await Web.close();
}
console.log(JSON.stringify(found));
