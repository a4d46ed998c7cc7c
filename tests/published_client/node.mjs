// Reads a request from each line, and answers it on a line.
import { createInterface } from "node:readline";
import { call } from "./call.mjs";

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await call(JSON.parse(line))));
}
