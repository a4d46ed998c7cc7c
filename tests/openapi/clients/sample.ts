// What a program in TypeScript does with the generated types. It is compiled strictly, and run against
// a server by test_typescript.py.
import createClient from "openapi-fetch";
import type { components, paths as V5 } from "./generated/v5.js";
import type { paths as V3 } from "./generated/v3.js";
import type { paths as V4 } from "./generated/v4.js";
import type { paths as WolfPal } from "./generated/wolfpal.js";

type Schemas = components["schemas"];

function expect(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`Expected ${what}`);
}

/** Log in, list the sessions and end the new one; what is left of it is told by the last answer. */
export async function v5(baseUrl: string, username: string, password: string): Promise<string> {
  const client = createClient<V5>({ baseUrl });
  const login = await client.POST("/login", { body: { username, password } });
  expect(login.data !== undefined, "a token");
  const headers = { Authorization: `Bearer ${login.data.token}` };
  const list = await client.GET("/users/me/sessions", { headers, params: { query: { limit: 5 } } });
  const newest = list.data?.items[0];
  expect(newest !== undefined, "a session");
  const body = { ids: [newest.id, "me"] };
  const ended = await client.DELETE("/users/me/sessions", { headers, body });
  expect(ended.data?.count === 1, "one session that is ended");
  const again = await client.GET("/users/me/sessions", { headers });
  expect(again.error !== undefined, "an error");
  return again.error.code;
}

export async function v4(baseUrl: string, username: string, password: string): Promise<string> {
  const client = createClient<V4>({ baseUrl });
  const login = await client.POST("/login", { body: { username, password } });
  expect(login.data !== undefined, "a token");
  const headers = { Authorization: `Bearer ${login.data.token}` };
  const params = { path: { uid: "me", sid: "me" } } as const;
  const ended = await client.DELETE("/users/{uid}/sessions/{sid}", { headers, params });
  expect(ended.data?.code === "DELETE_SESSION_SUCCESS", "a session that is ended");
  const again = await client.GET("/users/{uid}/sessions", { headers, params });
  expect(again.error !== undefined, "an error");
  return again.error.code;
}

export async function v3(baseUrl: string, user: string, pass: string): Promise<string> {
  const client = createClient<V3>({ baseUrl });
  const login = await client.POST("/user/session", { body: { user, pass, rememberMe: true } });
  expect(login.data !== undefined, "a token");
  const headers = { Authorization: login.data.token };
  const list = await client.GET("/user/sessions", { headers });
  const newest = list.data?.items[0];
  expect(newest !== undefined, "a session");
  const body = { sessions: [newest.iat] };
  const ended = await client.DELETE("/user/sessions", { headers, body });
  expect(ended.data?.count === 1, "one session that is ended");
  const again = await client.GET("/user/session", { headers });
  expect(again.error !== undefined, "an error");
  return again.error.code;
}

/** WolfPal has no login of its own. */
export async function wolfpal(baseUrl: string, token: string): Promise<string> {
  const client = createClient<WolfPal>({ baseUrl });
  const headers = { Authorization: `Bearer ${token}` };
  const list = await client.GET("/sessions", { headers });
  const newest = list.data?.sessions[0];
  expect(newest !== undefined, "a session");
  const params = { path: { sid: Number(newest._id) } };
  const ended = await client.DELETE("/sessions/{sid}", { headers, params });
  expect(ended.data?.code === "SESSION_REVOKED", "a session that is ended");
  const again = await client.GET("/sessions", { headers });
  expect(again.error !== undefined, "an error");
  return again.error.code;
}

/** What an answer to a challenge may be, told apart by its type. */
export function kind(answer: Schemas["SecondFactorAnswer"]): string {
  return answer.type === "webauthn" ? answer.response.id : answer.code;
}

type Answer = Schemas["SecondFactorAnswer"];
const token = "a.b.c";
export const byApp: Answer = { token, type: "totp", code: "287082" };
const response = { id: "AQID", rawId: "AQID", type: "public-key" };
export const byPasskey: Answer = { token, type: "webauthn", response };
// @ts-expect-error A code is no answer of a passkey.
export const byMistake: Answer = { token, type: "webauthn", code: "287082" };
// @ts-expect-error A password must be there.
export const nameless: Schemas["LoginInput"] = { username: "ann" };
// Nothing that has a default must be there.
export const login: Schemas["LoginInput"] = { username: "ann", password: "x" };
export const answered: Schemas["LoginSecondFactorInput"] = {
  "2fa": { token, type: "backup", code: "0123456789" },
};
export const scoped: Schemas["ScopedSessionPasswordInput"] = {
  name: "Backup script",
  permissionFlags: 32,
  password: "x",
};

/** What a browser is asked with: the options come as they are. */
export function options(error: Schemas["SecondFactorChallengeRequiredError"]): unknown {
  return error.challenge?.["rpId"];
}
