// Which part of the page is shown: the address says it, so that every view can be linked to.

const VIEWS = ["overview", "episodes", "compare"];
const THEMES = ["system", "light", "dark"];
const USUAL = { low: "0", high: "100" };
const HELP = [["j / k", "next / previous episode"], ["n / p", "next / previous step"],
  ["1 / 2 / 3", "judge the step: productive / not productive / cannot tell"], ["w", "write a note"],
  ["v", "next step to verify"], ["x", "next step on which critic and model differ"], ["/", "search"], ["o / e / c", "overview / episodes / compare"],
  ["Esc", "back to the list"], ["?", "these keys"]];

/** The view and its parameters that the address names. */
function here() {
  const [view, query] = location.hash.replace(/^#\/?/, "").split("?");
  return { view: VIEWS.includes(view) ? view : "overview", params: new URLSearchParams(query ?? "") };
}

/** Show one part of the page, and mark its link. */
function showPart(view) {
  document.body.dataset.view = view;
  for (const each of VIEWS) byId(each).hidden = each !== view;
  for (const link of byId("nav").children) {
    if (link.getAttribute("href") === `#/${view}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

let found = [], shownList = null;

/** Show what the address asks for; `stay` does not scroll to the step it names. */
async function show(index, stay = false) {
  const { view, params } = here();
  showPart(view);
  document.body.classList.toggle("reading", view === "episodes" && params.has("id"));
  if (view === "compare") await showCompare(index, params);
  if (view === "episodes") await showEpisodes(index, params, stay);
}

async function showEpisodes(index, params, stay) {
  const filters = address("", changed(params, { id: null, step: null, queue: null }));
  if (filters !== shownList) {
    found = await wanted(index, params);
    if (here().params.toString() !== params.toString()) return;
    shownList = filters;
    fill(byId("filters"), params);
    byId("found").textContent = `${found.length.toLocaleString("en")} of ${counted(index.size, "episode")}`;
    showList(index, found, params);
  } else {
    markRow(index, params);
  }
  await showStory(index, params, stay);
}

/** Say how far the texts are read that a search waits for. */
function tellSearch(share) {
  const text = `Searching: ${20 * Math.floor(5 * share)} % of the texts read`, place = byId("found");
  if (here().params.get("q") && place.textContent !== text) place.textContent = text;
}

/** Mark the row of the episode that is open; its links keep what is filtered by. */
function markRow(index, params) {
  byId("list").querySelector("[aria-current]")?.removeAttribute("aria-current");
  const at = index.number.get(params.get("id"));
  const link = byId("list").querySelector(`a[data-at="${at}"]`);
  if (!link) return at === undefined || !found.some((each) => each.at === at) ? undefined : showList(index, found, params);
  link.setAttribute("aria-current", "true");
  link.scrollIntoView({ block: "nearest" });
}

/** Let the form say what the address does, but for the control that is being typed into. */
function fill(form, params) {
  for (const control of form.elements) {
    if (control.name && control !== document.activeElement) {
      control.value = params.get(control.name) ?? USUAL[control.name] ?? "";
    }
  }
}

/** What the form says, as the address. */
function filtered() {
  const params = changed(here().params, { step: null, queue: null });
  for (const [name, value] of new FormData(byId("filters"))) {
    if (value.trim() === (USUAL[name] ?? "") || !value.trim()) params.delete(name);
    else params.set(name, value.trim());
  }
  return address("episodes", params);
}

/** Go to an address without a new entry in the history, and without leaving the form. */
function replaceAddress(index, to) {
  history.replaceState(null, "", to);
  return show(index, true);
}

/** Open the episode `by` rows further in the list. */
function move(index, by) {
  const { params } = here(), open = found.findIndex(({ at }) => index.id[at] === params.get("id"));
  const next = found[Math.max(0, Math.min(found.length - 1, open < 0 ? 0 : open + by))];
  if (next) location.hash = address("episodes", changed(params, { id: index.id[next.at], step: null, queue: null }));
}

/** Go to the next of the steps that match `selector`, or with `by` -1 to the one before. */
function step(index, by, selector = "li[data-step]") {
  const { params } = here(), items = [...byId("story").querySelectorAll(selector)];
  const now = Number(byId("story").querySelector("li[aria-current]")?.dataset.step ?? 0);
  const ahead = items.map((item) => Number(item.dataset.step)).filter((each) => by * (each - now) > 0);
  const next = by > 0 ? ahead[0] : ahead.at(-1);
  if (next === undefined) return;
  history.replaceState(null, "", address("episodes", changed(params, { step: next, queue: null })));
  goTo(index, byId("story"), next);
}

/** Go to the list, and into its search. */
async function search(index) {
  if (here().view !== "episodes") await replaceAddress(index, "#/episodes");
  byId("choose-q").focus();
}

const KEYS = {
  j: (index) => move(index, 1), k: (index) => move(index, -1),
  n: (index) => step(index, 1), p: (index) => step(index, -1),
  x: (index) => step(index, 1, "li[data-step]:has(.differ)"),
  ...Object.fromEntries(BUTTONS.map(([key, word]) => [key, (index) => judgeAs(index, word)])),
  v: (index) => verifyNext(index), w: () => byId("story").querySelector("li[aria-current] .note")?.focus(),
  "/": (index) => search(index),
  o: () => { location.hash = "#/overview"; }, e: () => { location.hash = "#/episodes"; },
  c: () => { location.hash = "#/compare"; },
  Escape: () => { location.hash = address("episodes", changed(here().params, { id: null, step: null, queue: null })); },
  "?": () => byId("help").showModal(),
};
const ON_EPISODES = new Set("jknpx123vw");

function pressed(index, event) {
  const typing = event.target.closest("input, select, textarea");
  if (event.ctrlKey || event.metaKey || event.altKey || byId("help").open) return;
  if (typing) return event.key === "Escape" && typing.blur();
  const deed = KEYS[event.key], reading = here().view === "episodes";
  if (!deed || (ON_EPISODES.has(event.key) || event.key === "Escape") && !reading) return;
  event.preventDefault();
  deed(index);
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  byId("theme").textContent = `Theme: ${theme}`;
  remember("theme", theme);
}

/** Show everything anew, after what is hidden or who judges has changed. */
function redraw(index) {
  document.body.classList.toggle("veiled", blind);
  shownList = searchTexts = null;
  tell();
  return show(index, true);
}

function begin(index) {
  byId("help").append(el("h2", { id: "help-title" }, "Keys"),
    el("dl", {}, HELP.flatMap(([key, text]) => [el("dt", {}, el("kbd", {}, key)), el("dd", {}, text)])),
    el("form", { method: "dialog" }, el("button", {}, "Close")));
  byId("filters").append(...filterControls(index));
  byId("verifying").append(...verifyControls(index, () => redraw(index)));
  byId("verifying").addEventListener("submit", (event) => event.preventDefault());
  byId("verify").open = served !== null;
  byId("keys").addEventListener("click", () => byId("help").showModal());
  byId("theme").addEventListener("click", () =>
    setTheme(THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % THEMES.length]));
  byId("filters").addEventListener("input", () => replaceAddress(index, filtered()));
  byId("choose-q").addEventListener("focus", () => searchable(index)); // what is typed is there sooner
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("filters").addEventListener("reset", (event) => { event.preventDefault(); location.hash = "#/episodes"; });
  byId("sets").addEventListener("input", () => {
    location.hash = address("compare", new URLSearchParams(new FormData(byId("sets"))));
  });
  addEventListener("hashchange", () => show(index));
  addEventListener("keydown", (event) => pressed(index, event));
  for (const id of ["nav", "tools"]) byId(id).hidden = false;
  document.body.classList.toggle("veiled", blind);
  tell();
  return show(index);
}

setTheme(recalled("theme") ?? "system");
showPart(here().view);
const index = await readIndex();
await readVerdicts(index);
await begin(index);
document.body.dataset.ready = "true";
