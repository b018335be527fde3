// Sends the file with progress, and says at once when it is too large. Without this script the form does it alone.
(() => {
  const form = document.querySelector('form[data-action="upload"]');
  const { limit, textProgress, textChecking, textFailed, textTooLarge } = form.dataset;
  const input = form.elements.file;
  const status = form.querySelector('[role="status"]');
  const bar = form.querySelector('progress');
  const button = form.querySelector('button[type="submit"]');

  const say = (text, problem = false) => {
    status.textContent = text;
    status.classList.toggle('is-problem', problem);
  };
  const tooLarge = () => input.files.length > 0 && input.files[0].size > Number(limit);

  input.addEventListener('change', () => {
    say(tooLarge() ? textTooLarge : '', true);
    input.setAttribute('aria-invalid', String(tooLarge()));
  });

  const giveUp = () => {
    bar.hidden = true;
    delete form.dataset.sent;
    button.removeAttribute('aria-disabled');
    say(textFailed, true);
  };

  form.addEventListener('submit', (event) => {
    if (tooLarge()) {
      event.preventDefault();
      event.stopPropagation();
      say(textTooLarge, true);
      input.focus();
      return;
    }
    if (form.dataset.sent) return;
    event.preventDefault();
    const request = new XMLHttpRequest();
    request.open('POST', form.action);
    request.upload.addEventListener('progress', ({ lengthComputable, loaded, total }) => {
      if (!lengthComputable) return;
      const percent = Math.floor((100 * loaded) / total);
      bar.value = percent;
      // words now and then: a screen reader speaks each of them
      if (percent % 10 === 0) say(textProgress.replace('{percent}', percent));
    });
    request.upload.addEventListener('load', () => say(textChecking));
    // the answer leads on by itself; its last address is the page to show
    request.addEventListener('load', () => {
      if (request.status === 200) location.replace(request.responseURL);
      else giveUp();
    });
    request.addEventListener('error', giveUp);
    request.addEventListener('timeout', giveUp);
    bar.hidden = false;
    request.send(new FormData(form));
  });
})();
