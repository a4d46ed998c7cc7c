"use strict";

// Asks a security key or passkey, and posts what it says: to answer a challenge, or to be added
// where the button says data-ceremony="create".
{
  const button = document.getElementById("use-credential");
  const problem = document.getElementById("credential-problem");
  const { form } = button;
  const adds = button.dataset.ceremony === "create";

  const bytes = (base64url) =>
    Uint8Array.from(atob(base64url.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const base64url = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-")
      .replace(/\//g, "_")
      .replace(/=+$/, "");

  // By hand, for not every browser in use knows parseRequestOptionsFromJSON() and toJSON().
  const options = JSON.parse(document.getElementById("credential-options").textContent);
  options.challenge = bytes(options.challenge);
  for (const credential of (adds ? options.excludeCredentials : options.allowCredentials) ?? []) {
    credential.id = bytes(credential.id);
  }
  if (adds) {
    options.user.id = bytes(options.user.id);
  }

  const created = (response) => ({
    clientDataJSON: base64url(response.clientDataJSON),
    attestationObject: base64url(response.attestationObject),
  });
  const asserted = (response) => ({
    clientDataJSON: base64url(response.clientDataJSON),
    authenticatorData: base64url(response.authenticatorData),
    signature: base64url(response.signature),
    userHandle: response.userHandle ? base64url(response.userHandle) : null,
  });
  const toJSON = ({ id, rawId, type, response }) => ({
    id,
    rawId: base64url(rawId),
    type,
    clientExtensionResults: {},
    response: adds ? created(response) : asserted(response),
  });

  const ask = async () => {
    // A code that is typed instead may be missing, a name may not.
    if (adds && !form.reportValidity()) {
      return;
    }
    problem.hidden = true;
    button.disabled = true;
    try {
      const publicKey = options;
      const credential = await (adds
        ? navigator.credentials.create({ publicKey })
        : navigator.credentials.get({ publicKey }));
      form.elements.response.value = JSON.stringify(toJSON(credential));
      form.submit();
    } catch {
      // Refused, timed out, or not possible on this page: the browser does not tell them apart.
      problem.hidden = false;
      button.disabled = false;
    }
  };

  if (window.PublicKeyCredential) {
    button.addEventListener("click", ask);
    if (adds) {
      // The Enter key in the name's field, for the form has no other button.
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        ask();
      });
    }
    button.hidden = false;
  }
}
