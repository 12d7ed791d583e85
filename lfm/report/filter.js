// Which episodes are wanted: conditions on the episode, and on one and the same step of it.

const NARROW = "(max-width: 54rem)";
const COLUMNS = ["set", "split", "type", "policy"];
const ORDERS = [["", "as played"], ["unsure", "most uncertain first"], ["differ", "most disagreeing first"],
  ["random", "in random order"]];
const CHOICES = {
  outcome: ["Outcome", [["", "any"], ["success", "success"], ["failure", "failure"]]],
  label: ["Critic's word", [["", "any"], ["good", "productive"], ["bad", "not productive"],
    ["none", "no word"]]],
  differ: ["Disagreement", [["", "any"], ["yes", "critic and model differ"],
    ["critic", "only the critic approves"], ["model", "only the model approves"]]],
  person: ["Person's word", [["", "any"], ["yes", "judged"], ["good", "productive"],
    ["bad", "not productive"], ["against", "against the critic"], ["none", "not judged"]]],
  kept: ["Imitated", [["", "any"], ["yes", "imitated"], ["no", "judged, not imitated"]]],
};

/** How much a step is worth a look; uncertain is near a half, and disagreement is how far the
 * probability is from the critic's word. Negative where that cannot be said. */
const RANKS = {
  unsure: (flags, p) => p < 0 ? -1 : 500 - Math.abs(p - 500),
  differ: (flags, p) => p < 0 || !(flags & LABELLED) ? -1 : Math.abs(p - (flags & PRODUCTIVE ? 1000 : 0)),
};

/** The form's controls. Those about what was said are of class `spoken`. */
function filterControls(index) {
  const titles = { set: "Set", split: "Split", type: "Type of task", policy: "Policy" };
  const columns = COLUMNS.filter((name) => index.names[name].length > 1).map((name) => {
    const options = index.names[name].map((text) => [text, text.replaceAll("_", " ")]);
    return choice(name, titles[name], [["", "any"], ...options], "");
  });
  const others = Object.entries(CHOICES).map(([name, [label, options]]) => choice(name, label, options, ""));
  others.slice(1).forEach((control) => control.classList.add("spoken"));
  return [
    el("label", { class: "search", for: "choose-q" }, el("span", {}, "Search"), el("input", {
      type: "search", name: "q", id: "choose-q",
      placeholder: "in tasks, actions, observations and reasons" })),
    el("details", { open: !matchMedia(NARROW).matches }, el("summary", {}, "Filters"), el("div", { class: "controls" },
      columns, others,
      el("fieldset", { class: "spoken" }, el("legend", {}, "Model's probability, %"),
        bound("low", "from", 0), bound("high", "to", 100)),
      choice("order", "Order", ORDERS, ""),
      el("button", { type: "reset" }, "Clear"))),
  ];
}

function bound(name, label, value) {
  return el("label", { for: `choose-${name}` }, el("span", {}, label), el("input", {
    type: "number", name, id: `choose-${name}`, min: 0, max: 100, step: 1, value }));
}

/** Whether a step is meant by the conditions on steps; null if there are none, or what was said is hidden. */
function stepTest(params) {
  const [label, differ, kept, person] = ["label", "differ", "kept", "person"].map((name) => params.get(name) ?? "");
  const low = 10 * (params.get("low") || 0), high = 10 * (params.get("high") || 100);
  const ranged = low > 0 || high < 1000;
  if (blind || !label && !differ && !kept && !person && !ranged) return null;
  return (flags, p) => {
    const labelled = (flags & LABELLED) !== 0, productive = (flags & PRODUCTIVE) !== 0;
    if (label === "none" && labelled) return false;
    if (label === "good" && !productive) return false;
    if (label === "bad" && (!labelled || productive)) return false;
    if (differ && !differs(flags, p)) return false;
    if (differ === "critic" && !productive || differ === "model" && productive) return false;
    if (person && !PERSONS[person](flags)) return false;
    if (kept === "yes" && !(flags & KEPT) || kept === "no" && (p < 0 || flags & KEPT)) return false;
    return !ranged || p >= 0 && p >= low && p <= high;
  };
}

/** Episodes that are wanted, in order, each with how many of its steps are meant. */
async function wanted(index, params) {
  const columns = COLUMNS.filter((name) => params.get(name))
    .map((name) => [index[name], index.names[name].indexOf(params.get(name))]);
  const success = { success: 1, failure: 0 }[params.get("outcome")];
  const test = stepTest(params), text = (params.get("q") ?? "").trim().toLowerCase();
  const has = text ? await containing(index, text) : null;
  const found = [];
  for (let at = 0; at < index.size; at++) {
    if (columns.some(([column, value]) => column[at] !== value)) continue;
    if (success !== undefined && index.success[at] !== success) continue;
    if (has && !has(at)) continue;
    const steps = test ? meant(index, at, test) : 0;
    if (!test || steps) found.push({ at, steps });
  }
  return ordered(index, found, params.get("order"));
}

const PERSONS = {
  yes: (flags) => flags & JUDGED, good: (flags) => flags & GOOD, bad: (flags) => flags & BAD,
  none: (flags) => !(flags & JUDGED),
  against: (flags) => flags & LABELLED && flags & (flags & PRODUCTIVE ? BAD : GOOD),
};

function meant(index, at, test) {
  let steps = 0;
  for (let step = index.start[at]; step < index.start[at + 1]; step++) {
    if (test(index.flags[step], index.p[step])) steps++;
  }
  return steps;
}

function ordered(index, found, order) {
  const rank = RANKS[order];
  if (order === "random") return found.sort((a, b) => shuffle(a.at) - shuffle(b.at));
  if (!rank) return found;
  for (const each of found) {
    each.rank = -1;
    for (let step = index.start[each.at]; step < index.start[each.at + 1]; step++) {
      each.rank = Math.max(each.rank, rank(index.flags[step], index.p[step]));
    }
  }
  return found.sort((a, b) => b.rank - a.rank || a.at - b.at);
}

/** A number that looks random and is the same for the same episode, so that links keep the order. */
function shuffle(number) {
  let mixed = Math.imul(number + 1, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}
