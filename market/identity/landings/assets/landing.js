// What both pages share: the token behind "#", one call of the API, faults beside their fields.
const byId = (id) => document.getElementById(id);
const token = location.hash.slice(1);
// A link that a mail program cut off opens nothing: that is told before anybody fills in a form.
const isWhole = /^[\w-]{43}$/.test(token);

const LINK = "链接不完整。请从邮件中重新打开。 The link is incomplete. Open it from the mail again.";
const AWAY = "无法连接服务，请稍后重试。 The service cannot be reached. Try again shortly.";

async function call(method, path, body) {
  try {
    const answer = await fetch(path, {
      method,
      credentials: "omit",
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body ? JSON.stringify(body) : undefined,
    });
    const told = answer.status === 204 ? null : await answer.json();
    return answer.ok ? { value: told } : { problem: told };
  } catch {
    return { problem: { detail: AWAY } };
  }
}

function clear() {
  byId("problem").hidden = true;
  for (const fault of document.querySelectorAll(".fault")) fault.hidden = true;
  for (const input of document.querySelectorAll("[aria-invalid]")) {
    input.removeAttribute("aria-invalid");
  }
}

function tell(problem) {
  let first = null;
  for (const { pointer, detail } of problem.errors || []) {
    const input = byId(pointer.slice(1));
    const fault = byId(`${pointer.slice(1)}-fault`);
    if (!fault || !input) continue;
    fault.textContent = detail;
    fault.hidden = false;
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-errormessage", fault.id);
    first = first || input;
  }
  byId("problem").textContent = problem.detail || AWAY;
  byId("problem").hidden = first !== null;
  (first || byId("problem")).focus();
}

// One request at a time: a second click does nothing.
function onSubmit(send) {
  const form = byId("form");
  const button = form.querySelector("button");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    clear();
    const { problem } = await send();
    button.disabled = false;
    if (problem) return tell(problem);
    history.replaceState(null, "", location.pathname);
    form.hidden = true;
    byId("done").hidden = false;
    byId("done").focus();
  });
}

window.addEventListener("hashchange", () => location.reload());
