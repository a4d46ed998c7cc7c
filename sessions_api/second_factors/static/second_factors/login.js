"use strict";

// The second page of the admin's login: asks a security key or passkey, and posts what it says.
{
  const button = document.getElementById("use-credential");
  const problem = document.getElementById("credential-problem");
  const { form } = button;

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
  for (const credential of options.allowCredentials) {
    credential.id = bytes(credential.id);
  }

  const toJSON = ({ id, rawId, type, response }) => ({
    id,
    rawId: base64url(rawId),
    type,
    clientExtensionResults: {},
    response: {
      clientDataJSON: base64url(response.clientDataJSON),
      authenticatorData: base64url(response.authenticatorData),
      signature: base64url(response.signature),
      userHandle: response.userHandle ? base64url(response.userHandle) : null,
    },
  });

  const answer = async () => {
    problem.hidden = true;
    button.disabled = true;
    try {
      const credential = await navigator.credentials.get({ publicKey: options });
      form.elements.response.value = JSON.stringify(toJSON(credential));
      form.submit();
    } catch {
      // Refused, timed out, or not possible on this page: the browser does not tell them apart.
      problem.hidden = false;
      button.disabled = false;
    }
  };

  if (window.PublicKeyCredential) {
    button.addEventListener("click", answer);
    button.hidden = false;
  }
}
