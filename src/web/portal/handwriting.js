// The field to draw a signature in: with a mouse, a finger or a pen. What is shown is what is kept: straight strokes
// between whole points of paper 1200 units wide and 400 high. Typing the name is the way for everyone who cannot draw.
(() => {
  const MOST_POINTS = 3900;
  const LEAST_STEP = 3;
  const LEAST_LENGTH = 150;
  const LEAST_EXTENT = 40;

  const canvas = document.getElementById('pad');
  const form = canvas.closest('form');
  const field = form.querySelector('.hand');
  const status = document.getElementById('pad-status');
  const typed = document.getElementById('typed');
  const paper = canvas.getContext('2d');
  const strokes = [];
  let pen;

  const say = (text) => {
    status.textContent = text ?? '';
    status.classList.toggle('is-problem', Boolean(text));
  };

  const kind = () => form.elements.hand.value;
  const show = () => {
    const drawn = kind() === 'drawn';
    document.getElementById('hand-drawn').hidden = !drawn;
    document.getElementById('hand-typed').hidden = drawn;
    typed.required = !drawn;
  };
  for (const radio of form.querySelectorAll('input[name="hand"]')) radio.addEventListener('change', show);
  show();

  const pointOf = (event) => {
    const box = canvas.getBoundingClientRect();
    const on = (at, size) => Math.min(size, Math.max(0, Math.round(at * size)));
    return [
      on((event.clientX - box.left) / box.width, canvas.width),
      on((event.clientY - box.top) / box.height, canvas.height),
    ];
  };

  const line = (from, to) => {
    paper.lineWidth = 7;
    paper.lineCap = 'round';
    paper.lineJoin = 'round';
    paper.strokeStyle = '#12263f';
    paper.beginPath();
    paper.moveTo(...from);
    // a line to where it starts is not drawn, and a dot is to be seen
    if (from === to) paper.arc(...to, 0.1, 0, 2 * Math.PI);
    paper.lineTo(...to);
    paper.stroke();
  };

  const points = () => strokes.reduce((sum, stroke) => sum + stroke.length, 0);

  const add = (event) => {
    const stroke = strokes.at(-1);
    const last = stroke.at(-1);
    const point = pointOf(event);
    if (last && Math.hypot(point[0] - last[0], point[1] - last[1]) < LEAST_STEP) return;
    if (points() >= MOST_POINTS) return say(field.dataset.textFull);
    stroke.push(point);
    line(last ?? point, point);
  };

  canvas.addEventListener('pointerdown', (event) => {
    if (pen !== undefined || (event.pointerType === 'mouse' && event.button !== 0)) return;
    event.preventDefault();
    pen = event.pointerId;
    canvas.setPointerCapture(pen);
    say();
    strokes.push([]);
    add(event);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (event.pointerId !== pen) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const moved of events.length > 0 ? events : [event]) add(moved);
  });
  const lift = (event) => {
    if (event.pointerId === pen) pen = undefined;
    if (strokes.at(-1)?.length === 0) strokes.pop();
  };
  canvas.addEventListener('pointerup', lift);
  canvas.addEventListener('pointercancel', lift);

  document.getElementById('pad-clear').addEventListener('click', () => {
    strokes.length = 0;
    pen = undefined;
    paper.clearRect(0, 0, canvas.width, canvas.height);
    say();
  });

  // a dot or a slip of the finger is no signature
  const isEnough = () => {
    let length = 0;
    for (const stroke of strokes)
      for (let at = 1; at < stroke.length; at++)
        length += Math.hypot(stroke[at][0] - stroke[at - 1][0], stroke[at][1] - stroke[at - 1][1]);
    const extent = (axis) => {
      const values = strokes.flat().map((point) => point[axis]);
      return Math.max(...values) - Math.min(...values);
    };
    return length >= LEAST_LENGTH && Math.max(extent(0), extent(1)) >= LEAST_EXTENT;
  };

  form.addEventListener('submit', (event) => {
    const drawn = kind() === 'drawn';
    if (drawn && !isEnough()) {
      event.preventDefault();
      event.stopImmediatePropagation();
      say(field.dataset.textEmpty);
      return;
    }
    form.elements.strokes.value = drawn ? JSON.stringify(strokes.map((stroke) => stroke.flat())) : '';
  });
})();
