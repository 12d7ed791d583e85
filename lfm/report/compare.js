// The same tasks under two policies: which did better where, and two episodes side by side.

/** Show the two sets that the address asks for, and two of their episodes if it names them. */
async function showCompare(index, params) {
  const [left, right] = ["left", "right"].map((name) => index.number.get(params.get(name)));
  const sets = index.names.set, evaluations = sets.filter((name) => name.startsWith("evaluations/"));
  const usual = evaluations.length > 1 ? [evaluations[0], twin(evaluations)] : [sets[0], sets[1] ?? sets[0]];
  const a = left === undefined ? params.get("a") ?? usual[0] : named(index, "set", left);
  const b = right === undefined ? params.get("b") ?? usual[1] : named(index, "set", right);
  const options = sets.map((name) => [name, name]);
  byId("sets").replaceChildren(choice("a", "First", options, a), choice("b", "Second", options, b));
  const place = byId("compared");
  if (left !== undefined && right !== undefined) {
    const [first, second] = await Promise.all([readStory(index, left), readStory(index, right)]);
    place.replaceChildren(
      el("p", {}, el("a", { href: address("compare", new URLSearchParams({ a, b })) }, "← All tasks of these two")),
      sideBySide(index, [left, first], [right, second]));
  } else {
    place.replaceChildren(...taskTable(index, a, b));
  }
}

/** The last evaluation on the split of the first one. */
const twin = (names) => {
  const split = names[0].slice(names[0].indexOf("-"));
  return names.filter((name) => name.endsWith(split)).at(-1);
};

function sideBySide(index, ...sides) {
  const actions = sides.map(([, story]) => story?.steps.map((step) => step.action) ?? []);
  let same = 0;
  while (same < actions[0].length && actions[0][same] === actions[1][same]) same++;
  const parts = sides.map(([at, story]) => {
    const link = (step) => address("episodes", new URLSearchParams({ id: index.id[at], step }));
    const part = el("article", { "aria-label": index.id[at] },
      ...(story ? told(index, at, story, link, () => false) : leftOut(index, at)));
    part.querySelector(`li[data-step="${same + 1}"]`)?.classList.add("parting");
    return part;
  });
  const task = index.task[sides[0][0]] === index.task[sides[1][0]] ? "" : "These are different tasks. ";
  const parting = { 0: "They part at the first step.", 1: "The first action is the same." }[same]
    ?? `The first ${same} actions are the same.`;
  return el("div", {}, el("p", { class: "notice" }, task + parting),
    el("div", { class: "pair" }, parts));
}

/** Task -> [episodes in set `a`, episodes in set `b`], where both have some. */
function shared(index, a, b) {
  const numbers = [a, b].map((name) => index.names.set.indexOf(name)), tasks = new Map();
  for (let at = 0; at < index.size; at++) {
    numbers.forEach((number, side) => {
      if (index.set[at] !== number) return;
      if (!tasks.has(index.task[at])) tasks.set(index.task[at], [[], []]);
      tasks.get(index.task[at])[side].push(at);
    });
  }
  return [...tasks].filter(([, [first, second]]) => first.length && second.length);
}

function taskTable(index, a, b) {
  const rows = shared(index, a, b).map(([task, sides]) =>
    ({ task, sides, done: sides.map((side) => side.filter((at) => index.success[at]).length / side.length) }));
  if (!rows.length) return [el("p", { class: "notice" }, "These two have no task in common.")];
  const gain = ({ done }) => done[1] - done[0];
  const better = rows.filter((each) => gain(each) > 0).length, worse = rows.filter((each) => gain(each) < 0).length;
  rows.sort((x, y) => Math.abs(gain(y)) - Math.abs(gain(x)) || gain(x) - gain(y));
  const cells = ({ task, sides, done }) => el("tr", {},
    el("td", {}, el("a", { href: address("compare", new URLSearchParams({ left: index.id[sides[0][0]], right: index.id[sides[1][0]] })) },
      named(index, "instruction", sides[0][0])), el("p", { class: "quiet id" }, index.names.task[task])),
    ...sides.map((side, which) => el("td", {}, side.length === 1 ? outcome(done[which])
      : `${side.filter((at) => index.success[at]).length} of ${side.length}`,
    el("span", { class: "quiet" }, ` ${counted(index.steps[side[0]], "step")}`))));
  return [
    el("p", {}, `${counted(rows.length, "task")} in common: the second did better on ${better}, worse on ${worse}, the same on ${rows.length - better - worse}.`),
    el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Tasks in common" }, el("table", {},
      el("thead", {}, el("tr", {}, ["task", a, b].map((text) => el("th", { scope: "col" }, text)))),
      el("tbody", {}, rows.slice(0, 500).map(cells)))),
    rows.length > 500 ? el("p", { class: "quiet" }, "The first 500 tasks are shown, those with the largest difference first.") : el("span"),
  ];
}
