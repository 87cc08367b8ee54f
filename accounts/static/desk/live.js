// A panel beside a form that says what the form comes to as it stands: it is asked for while somebody types.
const panel = document.querySelector("[data-live]");
const form = panel?.parentElement.parentElement.querySelector("form[method=post]");
const PAUSE = 400; // milliseconds without a keystroke

const typed = () => new URLSearchParams(new FormData(form)).toString();
const part = (root, name) => root.querySelector(`[data-live-${name}]`);

let timer, busy = false;
let told = null; // the form as it was when it was asked about last

function show(answer) {
  const found = new DOMParser().parseFromString(answer, "text/html");
  const [note, rows] = [part(found, "note"), part(found, "rows")];
  if (!note || !rows) return fail();
  strip(found);
  part(panel, "note").replaceChildren(...note.childNodes);
  const old = part(panel, "rows");
  // While something is missing the last figures stay, and are seen to be no longer those of the form.
  old.classList.toggle("desk-stale", !rows.firstElementChild);
  if (!rows.firstElementChild) return undefined;
  const open = [...old.querySelectorAll("details")].map((one) => one.open);
  old.replaceChildren(...rows.childNodes);
  old.querySelectorAll("details").forEach((one, place) => { one.open = Boolean(open[place]); });
  return undefined;
}

// Where the panel has been scrolled away, a line at the edge of the window says the same; it moves nothing.
const line = document.createElement("div");

function strip(found) {
  const changed = [...found.querySelectorAll(".desk-differs")].slice(0, 3).map((row) => {
    const one = document.createElement("span");
    one.append(`${row.cells[0].firstChild.textContent.trim()}: `);
    one.append(...[...row.cells[row.cells.length - 1].childNodes].map((node) => node.cloneNode(true)));
    return one;
  });
  const missing = found.querySelector(".desk-warning, .desk-error");
  line.firstChild.replaceChildren(...(missing ? [missing.cloneNode(true)] : changed));
  line.classList.toggle("desk-says", Boolean(missing || changed.length));
  place();
}

let seen = true;
const place = () => { line.hidden = seen || !line.classList.contains("desk-says"); };

function fail() {
  part(panel, "note").textContent = panel.dataset.liveFailed;
  part(panel, "rows").classList.add("desk-stale");
}

// One question at a time: what is typed meanwhile is asked about afterwards, as it stands then.
async function ask() {
  const now = typed();
  if (busy || now === told) return;
  busy = true;
  told = now;
  try {
    const answer = await fetch(panel.dataset.live, {
      method: "POST", body: now, redirect: "error", headers: { "Content-Type": "application/x-www-form-urlencoded" },
    });
    if (answer.ok) show(await answer.text());
    else fail();
  } catch {
    fail();
  }
  busy = false;
  if (typed() !== told) later();
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(ask, PAUSE);
}

if (form) {
  if (!("liveAtOnce" in panel.dataset)) told = typed();
  else later();
  line.className = "desk-strip";
  line.hidden = true;
  line.setAttribute("aria-hidden", "true");
  line.append(document.createElement("div"));
  panel.parentElement.before(line);
  new IntersectionObserver(([one]) => { seen = one.isIntersecting; place(); }).observe(panel);
  for (const kind of ["input", "change", "click", "keyup"]) form.addEventListener(kind, later);
  // Calendars lie outside of the form; fields that are searched in tell jQuery alone.
  document.addEventListener("click", later);
  for (const kind of ["formset:added", "formset:removed"]) document.addEventListener(kind, later);
  window.django?.jQuery(form).on("change", later);
}
