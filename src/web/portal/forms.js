// Keeps a form from being sent twice, and says so while an answer takes its time.
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = 'yes';
  const button = form.querySelector('button[type="submit"]');
  if (button) button.setAttribute('aria-disabled', 'true');
  const status = form.querySelector('[role="status"]');
  if (status && form.dataset.busy) status.textContent = form.dataset.busy;
});

// a page that comes back from the browser's history may be used again
addEventListener('pageshow', (event) => {
  if (!event.persisted) return;
  for (const form of document.forms) {
    delete form.dataset.sent;
    form.querySelector('button[type="submit"]')?.removeAttribute('aria-disabled');
  }
});

// what is missing is said in the language of the page, not in that of the browser
const missing = {
  checkbox: 'missingTick',
  radio: 'missingChoice',
  'select-one': 'missingChoice',
  file: 'missingFile',
};
document.addEventListener(
  'invalid',
  ({ target }) => {
    if (target.validity.valueMissing)
      target.setCustomValidity(document.body.dataset[missing[target.type] ?? 'missingText']);
  },
  true,
);
for (const change of ['input', 'change'])
  document.addEventListener(change, ({ target }) => {
    // of radio buttons, each has been told
    for (const field of target.form?.elements ?? []) field.setCustomValidity?.('');
  });

// below the fold, what was just asked for would not be seen
for (const details of document.querySelectorAll('details'))
  details.addEventListener('toggle', () => {
    if (details.open) details.scrollIntoView({ block: 'nearest' });
  });

// what goes on by itself
document.querySelector('form[data-at-once]')?.requestSubmit();
