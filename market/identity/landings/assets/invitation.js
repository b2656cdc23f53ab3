// An invitation: what it offers, then the answer.
let consents = null;
let isNew = true;

async function open() {
  const offered = isWhole
    ? await call("POST", "/v1/invitation-offers", { token })
    : { problem: { detail: LINK } };
  const documents = await call("GET", "/v1/consent-documents");
  byId("waiting").hidden = true;
  const problem = offered.problem || documents.problem;
  if (problem) return tell(problem.errors ? { detail: problem.errors[0].detail } : problem);
  show(offered.value, documents.value);
}

function ask(documents) {
  consents = { terms: documents.terms, privacy: documents.privacy };
  for (const version of document.querySelectorAll("[data-version]")) {
    version.textContent = consents[version.dataset.version];
  }
}

function show(offer, documents) {
  ask(documents);
  isNew = offer.password_needed;
  byId("organisation").textContent = offer.organisation_zh;
  byId("organisation-en").textContent = offer.organisation_en || offer.organisation_zh;
  byId("email").value = offer.email;
  byId("name").value = offer.name;
  for (const role of document.querySelectorAll("[data-role]")) {
    role.hidden = !offer.roles.includes(role.dataset.role);
  }
  for (const field of document.querySelectorAll("[data-new]")) {
    field.hidden = !isNew;
    field.querySelector("input").disabled = !isNew;
  }
  document.querySelector("[data-known]").hidden = isNew;
  byId("form").hidden = false;
}

// The terms may have changed since the page was opened: then it asks for the new ones.
async function askAnew() {
  const documents = await call("GET", "/v1/consent-documents");
  if (documents.value) ask(documents.value);
  for (const tick of document.querySelectorAll("input[type=checkbox]")) tick.checked = false;
}

onSubmit(async () => {
  const answer = { token, consents };
  if (isNew) Object.assign(answer, { name: byId("name").value, password: byId("password").value });
  const said = await call("POST", "/v1/invitation-acceptances", answer);
  if (said.problem && said.problem.code === "consent_outdated") await askAnew();
  return said;
});
open();
