// What was written in the place of an answer when feedback had been heard, and what is imitated.

function writtenAnew(anew) {
  const [right, reason] = anew.verdict ?? [];
  return [
    anew.verdict ? el("p", { class: "word" }, chip(right ? "good" : "bad", `judge: ${right ? "right" : "wrong"}`), " ", reason) : null,
    anew.told === null ? null : el("p", { class: "word" }, "Who wrote anew was told: ", anew.told || "nothing"),
    anew.texts.length ? el("ol", { class: "anew" }, anew.texts.map(anewText)) : null,
    el("p", { class: "word" }, chip(anew.imitated === null ? "plain" : "good", "imitated"), " ", imitated(anew)),
  ];
}

function anewText([text, right, chosen, worth]) {
  return el("li", { class: chosen ? "chosen" : null },
    el("p", { class: "action" }, text),
    el("p", { class: "word" }, chip(right ? "good" : "bad", worth)));
}

function imitated(anew) {
  if (anew.imitated === null) return "nothing";
  return anew.as_it_is ? "the answer as it is" : el("span", { class: "action" }, anew.imitated);
}
