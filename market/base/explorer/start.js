// The API's page for people: reads /openapi.json, keeps nothing, sends nothing elsewhere.
// Unsafe requests carry the session's CSRF token, fetched once for each session.
let token = null;
async function withToken(request) {
  const safe = ["GET", "HEAD", "OPTIONS"].includes((request.method || "GET").toUpperCase());
  if (!safe && !(request.headers || {}).Authorization) {
    if (token === null) {
      const answer = await fetch("/v1/session", { headers: { Accept: "application/json" } });
      token = answer.ok ? (await answer.json()).csrf_token : null;
    }
    if (token) request.headers["X-CSRF-Token"] = token;
  }
  return request;
}
window.addEventListener("load", () => {
  SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#explorer",
    deepLinking: true,
    docExpansion: "none",
    filter: true,
    requestInterceptor: withToken,
    responseInterceptor: (answer) => {
      if (new URL(answer.url, location.href).pathname.startsWith("/v1/session")) token = null;
      return answer;
    },
    validatorUrl: null,
  });
});
