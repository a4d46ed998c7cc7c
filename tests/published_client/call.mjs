// Calls a method of the published client, in Node and in browsers. Request and reply are JSON.
import Cumulonimbus from "cumulonimbus-wrapper";

const ERRORS = ["MissingFieldsError", "SecondFactorChallengeRequiredError", "ResponseError"];

/** Call a method; the reply holds its `value`, the client's own `error`, or any other `failure`. */
export async function call({ baseURL, token, method, args }) {
  try {
    const value = await invoke({ baseURL }, token, method, args);
    if (value instanceof Cumulonimbus) return { value: { token: value.token } };
    if (value?.response) {
      const { result, ratelimit, response } = value;
      return { value: { result, ratelimit, status: response.status } };
    }
    return { value };
  } catch (error) {
    const kind = ERRORS.find((name) => error instanceof Cumulonimbus[name]);
    return kind ? { error: { ...error, kind } } : { failure: String(error) };
  }
}

function invoke(options, token, method, args) {
  if (method === "methods") return methods();
  if (method in Cumulonimbus && !(method in new Cumulonimbus())) {
    // The client takes its options last.
    return Cumulonimbus[method](...args, options);
  }
  return new Cumulonimbus(token, options)[method](...args);
}

/** All methods of the class and of its instances. */
function methods() {
  const client = new Cumulonimbus();
  const names = [
    ...Object.getOwnPropertyNames(Cumulonimbus).filter((name) => /^[a-z]/.test(name)),
    ...Object.getOwnPropertyNames(Cumulonimbus.prototype),
    ...Object.keys(client),
  ];
  const are = names.filter((name) => typeof (client[name] ?? Cumulonimbus[name]) === "function");
  return [...new Set(are)].filter((name) => name !== "constructor");
}
