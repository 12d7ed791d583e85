// What people said of steps, and what this page hides from somebody who is to judge without it.

const GOOD = 16, BAD = 32, UNSURE = 64, MINE = 128;
const VERDICTS = { productive: GOOD, unproductive: BAD, "cannot tell": UNSURE };
const JUDGED = GOOD | BAD | UNSURE;

/** Who judges, where a server keeps the verdicts; null in a file, which keeps them in the browser. */
const served = document.body.dataset.who ?? null;
const RUN = document.body.dataset.run;

/** What the browser remembers under a name of this page, in one that lets a page remember. */
function recalled(name) {
  try {
    return localStorage.getItem(`lfm-${name}`);
  } catch {
    return null;
  }
}

/** Have the browser remember something; false if it does not. */
function remember(name, text) {
  try {
    localStorage.setItem(`lfm-${name}`, text);
    return true;
  } catch {
    return false;
  }
}

let person = served ?? recalled("name") ?? "";
let blind = document.body.dataset.blind === "true" || recalled("blind") === "true";

/** Verdicts made in this file that no report has yet; the browser's memory has them too. */
let made = [];
const reported = new Set(), words = new Map();

/** Who has ever judged which step, and so has seen what was said of it, also if they took it back. */
const informed = new Set();

const place = (at, step) => `${at}/${step}`;
const key = (line) => JSON.stringify([line.who, line.when, line.episode, line.step]);

/** What each person last said of a step. */
const said = (at, step) => [...(words.get(place(at, step))?.values() ?? [])];
const mine = (at, step) => words.get(place(at, step))?.get(person);

/** Whether what critic and model said of a step with these flags is hidden. */
const veiled = (flags) => blind && !(flags & MINE);

/** The verdict that stands on a step: the last, of anybody, that was not taken back. */
function standing(at, step) {
  const lines = said(at, step).filter((line) => line.new);
  return lines.reduce((last, line) => (last && Date.parse(last.when) > Date.parse(line.when) ? last : line), null);
}

/** Let a step's flags say what people said of it. */
function flag(index, at, step) {
  const number = index.start[at] + step - 1;
  index.flags[number] = index.flags[number] & 15 | (VERDICTS[standing(at, step)?.new] ?? 0)
    | (informed.has(`${place(at, step)} ${person}`) ? MINE : 0);
}

/** Take in a line of the file of corrections, if it is about a step of this page. */
function take(index, line) {
  const at = index.number.get(line.episode);
  if (at === undefined || index.digest[at] !== line.digest || line.step > index.steps[at]) return;
  const here = place(at, line.step), by = words.get(here) ?? new Map(), before = by.get(line.who);
  words.set(here, by);
  if (line.new) informed.add(`${here} ${line.who}`);
  if (!before || Date.parse(before.when) <= Date.parse(line.when)) by.set(line.who, line);
  flag(index, at, line.step);
}

/** All that was said: by the server, or in the file and in this browser. */
async function readVerdicts(index) {
  const lines = served === null ? await unpack("corrections") : await (await fetch("corrections")).json();
  for (const line of lines) reported.add(key(line));
  if (served === null) made = kept();
  for (const line of [...lines, ...made]) take(index, line);
}

/** The verdicts in the browser's memory that the report lacks; other windows may have added some. */
const kept = () => JSON.parse(recalled(`verdicts ${RUN}`) ?? "[]").filter((line) => !reported.has(key(line)));

/** Judge under another name. */
function setPerson(index, name) {
  person = name;
  remember("name", name);
  for (const here of words.keys()) flag(index, ...here.split("/").map(Number));
}

/** Keep a verdict on a step; throws, with what to tell the person, if it is not kept. */
async function keep(index, at, step, word, note, queue) {
  const flags = index.flags[index.start[at] + step - 1];
  const asked = { episode: index.id[at], step, new: word, note, blind: veiled(flags), queue };
  if (served !== null) return take(index, await sent(asked));
  const critic = flags & LABELLED ? flags & PRODUCTIVE ? "productive" : "unproductive" : null;
  const line = { ...asked, who: person, digest: index.digest[at], old: standing(at, step)?.new ?? critic,
    when: new Date().toISOString().replace("Z", "+00:00") };
  const known = new Set(made.map(key));
  made.push(...kept().filter((each) => !known.has(key(each))), line);
  take(index, line);
  if (!remember(`verdicts ${RUN}`, JSON.stringify(made))) {
    throw Error("This browser keeps nothing: export the verdicts before you close the page.");
  }
}

async function sent(asked) {
  const request = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(asked) };
  const answer = await fetch("corrections", request)
    .catch(() => { throw Error("Not saved: the server does not answer. Is lfm.inspect still running?"); });
  if (!answer.ok) throw Error(`Not saved: ${await answer.text()}`);
  return answer.json();
}

/** The verdicts made in this file, as a file that `lfm.inspect corrections=FILE` reads. */
function exported() {
  return ['{"schema": "corrections", "version": 1}', ...made.map((line) => JSON.stringify(line)), ""].join("\n");
}
