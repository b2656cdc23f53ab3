// A forgotten password: the new one is sent with the link's token.
if (isWhole) byId("form").hidden = false;
else tell({ detail: LINK });

onSubmit(() =>
  call("POST", "/v1/password-reset-completions", { token, password: byId("password").value }),
);
