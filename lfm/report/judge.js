// Judging steps: the form on the step that is marked, and which step to verify next.

const QUEUES = [["random", "at random"], ["unsure", "most uncertain"], ["differ", "most disagreeing"]];
const BUTTONS = [["1", "productive", "Productive"], ["2", "unproductive", "Not productive"], ["3", "cannot tell", "Cannot tell"]];

/** The controls above the episodes; `redraw` shows everything anew. */
function verifyControls(index, redraw) {
  const name = el("label", { for: "who" }, el("span", {}, "Your name"), el("input", {
    id: "who", value: person, maxlength: 80, autocomplete: "name",
    change: (event) => { setPerson(index, event.target.value.trim()); redraw(); } }));
  const veil = el("input", { type: "checkbox", id: "blind", disabled: document.body.dataset.blind === "true",
    change: (event) => setBlind(event.target.checked, redraw) });
  veil.checked = blind;
  return [
    served === null ? name : null,
    choice("queue", "Draw the next step", QUEUES, "random"),
    el("label", { for: "seed" }, el("span", {}, "Seed"), el("input", { type: "number", id: "seed", value: 0, step: 1 })),
    el("button", { type: "button", id: "next", click: () => verifyNext(index) }, "Next to verify"),
    el("label", { class: "check", for: "blind" }, veil, el("span", {}, "Hide critic and model until I have judged")),
    served === null ? el("button", { type: "button", id: "export", click: download }, "Export verdicts") : null,
  ].filter((control) => control !== null);
}

function setBlind(on, redraw) {
  blind = on;
  remember("blind", String(on));
  redraw();
}

/** Say how much this person has judged, or what went wrong. */
function tell(trouble = "") {
  const count = [...words.values()].filter((by) => by.get(person)?.new).length;
  const where = served === null ? `${made.length} not exported into the run yet` : `saved in the run as ${person}`;
  byId("told").textContent = trouble || `${counted(count, "step")} judged by you, ${where}.`;
  byId("told").classList.toggle("bad", trouble !== "");
}

function download() {
  const url = URL.createObjectURL(new Blob([exported()], { type: "application/jsonl" }));
  el("a", { href: url, download: `corrections-${person.replaceAll(/[^\p{L}\p{N}]+/gu, "-") || "none"}.jsonl` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

let saving = null;

/** Go to the step that is next by the queue that is chosen, among those found and not judged yet. */
async function verifyNext(index) {
  await saving;
  const queue = byId("choose-queue").value, seed = Number(byId("seed").value) || 0;
  let best = null;
  for (const { at } of found) {
    const salt = letters(`${seed} ${index.id[at]}`);
    for (let step = 1; step <= index.steps[at]; step++) {
      const number = index.start[at] + step - 1, flags = index.flags[number], p = index.p[number];
      if (flags & MINE || !(flags & LABELLED) && p < 0) continue;
      const rank = queue === "random" ? shuffle(salt + step) : RANKS[queue](flags, p);
      if (rank >= 0 && (!best || rank > best.rank)) best = { at, step, rank };
    }
  }
  if (!best) return tell("No step is left to verify among the episodes found.");
  location.hash = address("episodes", changed(here().params, { id: index.id[best.at], step: best.step, queue }));
}

/** A number for a text: FNV-1a. */
function letters(text) {
  let mixed = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) mixed = Math.imul(mixed ^ text.charCodeAt(at), 0x01000193);
  return mixed >>> 0;
}

/** The form that judges a step of the episode that is open. */
function judgeForm(index) {
  return el("form", { class: "judge", hidden: true, "aria-label": "Your verdict",
    submit: (event) => { event.preventDefault(); saving = judge(index, (before) => before); } },
  BUTTONS.map(([key, word, text]) => el("button", { type: "button", "data-word": word, "aria-keyshortcuts": key,
    click: () => judgeAs(index, word) }, el("kbd", {}, key), ` ${text}`)),
  el("input", { class: "note", maxlength: 2000, "aria-label": "Note", placeholder: "Note, e.g. why" }),
  el("button", {}, "Save note"));
}

/** Put the form on a step, as this person has judged it. */
function placeForm(index, story, item, at) {
  const form = story.querySelector("form.judge");
  if (!form || !item) return;
  const line = mine(at, Number(item.dataset.step));
  item.append(form);
  form.hidden = false;
  form.querySelector(".note").value = line?.note ?? "";
  form.querySelectorAll("[data-word]").forEach((button) =>
    button.setAttribute("aria-pressed", String(button.dataset.word === line?.new)));
}

/** Judge the step that is marked; the same verdict again takes it back. */
function judgeAs(index, word) {
  saving = judge(index, (before) => before === word ? null : word);
}

async function judge(index, chosen) {
  const story = byId("story"), item = story.querySelector("li[aria-current]"), { params } = here();
  if (!item) return tell("Choose a step first: by n, or by its number.");
  if (!person) {
    byId("verify").open = true;
    byId("who").focus();
    return tell("Say first who you are: verdicts carry a name.");
  }
  const at = Number(story.dataset.at), step = Number(item.dataset.step);
  const note = item.querySelector(".note").value.trim(), word = chosen(mine(at, step)?.new ?? null);
  const drawn = params.get("id") === index.id[at] && Number(params.get("step")) === step ? params.get("queue") : null;
  try {
    await keep(index, at, step, word, note, drawn);
    tell();
  } catch (error) {
    tell(error.message);
  }
  document.activeElement?.blur();
  byId("list").querySelector(`a[data-at="${at}"] .strip`)?.replaceWith(strip(index, at));
  if (here().params.get("id") === index.id[at]) await showStory(index, here().params, true);
}
