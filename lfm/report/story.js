// An episode as a story: what was seen and done, what was said of each step, what was imitated.

/** The episode `at` as elements; `link(step)` is the address of a step, `meant(step)` marks it. */
function told(index, at, story, link, meant) {
  const success = index.success[at], hidden = (step) => veiled(index.flags[index.start[at] + step - 1]);
  const upTo = (last) => Array.from({ length: last }, (_, before) => before + 1);
  const privileged = story.privileged ? ", privileged" : "";
  const critic = story.critic
    ? ` · read by critic ${story.critic}${story.critic_privileged ? ", privileged" : ""}` : "";
  return [
    el("h3", {}, named(index, "instruction", at)),
    el("p", {}, outcome(success), " ", el("span", { class: "quiet" },
      `${counted(index.steps[at], "step")} · ${named(index, "set", at)} · ${named(index, "split", at)} · `
      + `acted by ${named(index, "policy", at)}${privileged}${critic}`)),
    el("p", { class: "quiet" }, `${index.id[at]} · ${named(index, "task", at)} · ${story.version}, seed ${story.seed}`),
    story.map ? drawnMap(story, hidden) : null,
    el("p", { class: "seen" }, story.first),
    el("ol", { class: "steps" }, story.steps.map((step, place) => [
      stepItem(index, at, step, place, link, meant),
      ...story.windows.filter(({ last }) => last === place + 1 && !upTo(last).some(hidden)).map(windowItem),
    ])),
  ].filter((node) => node !== null);
}

function stepItem(index, at, step, place, link, meant) {
  const flags = index.flags[index.start[at] + place], p = index.p[index.start[at] + place], hidden = veiled(flags);
  const marks = [meant(flags, p) ? "meant" : "", flags & KEPT && !hidden ? "kept" : ""].join(" ").trim();
  return el("li", { class: marks || null, "data-step": place + 1, tabindex: "-1" },
    el("a", { class: "number", href: link(place + 1), "aria-label": `Link to step ${place + 1}` }, `${place + 1}`),
    el("p", { class: "action" }, step.action),
    el("p", { class: "seen" }, step.seen),
    ...(hidden ? [] : said(at, place + 1).filter((line) => line.new || line.note).map(personsWord)),
    ...(hidden ? [] : step.labels.map(([productive, reason]) => el("p", { class: "word" },
      chip(productive ? "good" : "bad", `critic: ${productive ? "productive" : "not productive"}`), " ", reason))),
    ...(hidden || !step.anew ? [] : writtenAnew(step.anew)),
    step.model && !hidden ? modelsWord(step.model, differs(flags, p)) : null,
    step.advice ? el("p", { class: "word" }, chip("plain", "expert"), " would do: ", el("span", { class: "action" }, step.advice)) : null);
}

/** What a person said of a step, and when. */
function personsWord(line) {
  const kind = { productive: "good", unproductive: "bad" }[line.new] ?? "plain";
  const word = { unproductive: "not productive", null: "a note" }[line.new] ?? line.new;
  return el("p", { class: "word person" }, chip(kind, `${line.who}: ${word}`), " ", line.note, " ",
    el("span", { class: "quiet" }, line.when.slice(0, 10) + (line.blind ? ", judged blind" : "")));
}

function modelsWord(model, differing) {
  const meter = svg("svg", { class: "meter", viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { width: (100 * model.p).toFixed(1), height: 8 }));
  return el("p", { class: "word" },
    chip(model.kept ? "good" : "bad", `${model.name}: ${percent(model.p)}, ${model.kept ? "imitated" : "not imitated"}`),
    " ", meter, " ", differing ? chip("differ", "differs from the critic") : null, differing ? " " : null, model.reason);
}

function windowItem(window) {
  return el("li", { class: "window" },
    window.summary ? el("p", {}, el("strong", {}, `${window.who}, so far: `), window.summary) : null,
    window.suggestion ? el("p", {}, el("strong", {}, "It suggests: "), window.suggestion) : null);
}

/** Shown instead of a story that the page was not given. */
function leftOut(index, at) {
  return [
    el("h3", {}, named(index, "instruction", at)),
    el("p", { class: "notice" }, "The text of this episode was left out to keep the page small. Read it with ",
      el("code", {}, `python -m lfm.inspect run=DIR episode=${index.id[at]}`)),
  ];
}

let opening = 0;

/** Show the episode that the address asks for, and where it can be compared; `stay` where the page is, and at
 * the step that is marked. */
async function showStory(index, params, stay) {
  const place = byId("story"), at = index.number.get(params.get("id")), turn = ++opening;
  document.body.classList.toggle("reading", at !== undefined);
  if (at === undefined) {
    const text = params.has("id") ? `There is no episode ${params.get("id")}.` : "Choose an episode.";
    return place.replaceChildren(el("p", { class: "quiet" }, text));
  }
  const story = await readStory(index, at);
  if (turn !== opening) return;
  const link = (step) => address("episodes", changed(params, { step, queue: null }));
  const test = stepTest(params) ?? (() => false);
  const before = place.dataset.at === String(at) ? place.querySelector("li[aria-current]")?.dataset.step : null;
  place.dataset.at = at;
  place.replaceChildren(
    el("p", { class: "back" }, el("a", { href: address("episodes", changed(params, { id: null, step: null, queue: null })) }, "← All episodes found")),
    ...(story ? told(index, at, story, link, test) : leftOut(index, at)), judgeForm(index),
    others(index, at) ?? "");
  if (stay) goTo(index, place, Number(before ?? 0), true);
  else goTo(index, place, Number(params.get("step")) || firstMeant(place));
}

const firstMeant = (place) => Number(place.querySelector("li.meant")?.dataset.step ?? 0);

/** Mark a step, which can then be judged, and bring it into sight, or the beginning; or `stay` where the page is. */
function goTo(index, place, step, stay = false) {
  place.querySelectorAll("[aria-current]").forEach((each) => each.removeAttribute("aria-current"));
  const item = place.querySelector(`li[data-step="${Number(step)}"]`);
  item?.setAttribute("aria-current", "step");
  placeForm(index, place, item, Number(place.dataset.at));
  if (stay) return;
  if (item) item.scrollIntoView({ block: "center" });
  else if (place.getBoundingClientRect().top < 0) place.scrollIntoView();
}

/** Links to compare an episode with others of its task; null if there are none. */
function others(index, at) {
  const found = index.id.map((_, other) => other)
    .filter((other) => other !== at && index.task[other] === index.task[at]).slice(0, 30);
  if (!found.length) return null;
  return el("section", {}, el("h4", {}, "The same task, another time"), el("ul", { class: "others" },
    found.map((other) => el("li", {}, outcome(index.success[other]), " ", el("a", {
      href: address("compare", new URLSearchParams({ left: index.id[at], right: index.id[other] })),
    }, `compare with ${index.id[other]}`), el("span", { class: "quiet" }, ` ${counted(index.steps[other], "step")}, ${named(index, "set", other)}`)))));
}
