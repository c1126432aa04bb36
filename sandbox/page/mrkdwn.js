// Slack's mrkdwn as nodes: emphasis, code, quotations, references, instants in the reader's own zone, emoji.
import { h } from "./dom.js";

const EMOJI = {
  arrow_right: "➡️", broken_chain: "⛓️‍💥", bust_in_silhouette: "👤", crescent_moon: "🌙", grey_question: "❔", hourglass: "⌛",
  hourglass_flowing_sand: "⏳", information_source: "ℹ️", link: "🔗", loudspeaker: "📢", no_entry: "⛔", no_entry_sign: "🚫",
  pushpin: "📌", raising_hand: "🙋", red_circle: "🔴", rotating_light: "🚨", small_red_triangle: "🔺", speech_balloon: "💬",
  star: "⭐", telephone_receiver: "📞", ticket: "🎫", warning: "⚠️", white_check_mark: "✅", zap: "⚡", zzz: "💤",
};
const EMOJI_NAME = /:([a-z0-9_+-]+):/g;
export const emoji = (text) => text.replaceAll(EMOJI_NAME, (whole, name) => EMOJI[name] ?? whole);

const unescaped = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

const TOKENS = /```([\s\S]+?)```|`([^`\n]+)`|<([^<>]+)>|(?<![\w*])\*([^*\n]+)\*(?!\w)|(?<![\w_])_([^_\n]+)_(?!\w)|(?<![\w~])~([^~\n]+)~(?!\w)/g;

const DAY = 86_400_000;
const clock = (at, seconds) => at.toLocaleTimeString([], { hour: "numeric", minute: "2-digit", ...(seconds ? { second: "2-digit" } : {}) });
const day = (at, style) => at.toLocaleDateString([], style);
const SHORT = { month: "short", day: "numeric", year: "numeric" };
const LONG = { weekday: "long", month: "long", day: "numeric", year: "numeric" };

// `now` is the workspace's clock, in milliseconds: it may run faster than the reader's.
function pretty(at, now, otherwise) {
  const midnight = (one) => new Date(one.getFullYear(), one.getMonth(), one.getDate()).getTime();
  const away = Math.round((midnight(at) - midnight(new Date(now))) / DAY);
  return { "-1": "Yesterday", 0: "Today", 1: "Tomorrow" }[away] ?? day(at, otherwise);
}

// `<!date^SECONDS^FORMAT^LINK|FALLBACK>`: as the reader's own clock has it; what is shown elsewhere is its title.
function instant(target, fallback, now) {
  const [, seconds, format = "{date_short_pretty} {time}"] = target.split("^");
  const at = new Date(Number(seconds) * 1000);
  if (Number.isNaN(at.getTime())) return document.createTextNode(unescaped(fallback ?? target));
  const parts = {
    "{date_num}": at.toISOString().slice(0, 10), "{date}": day(at, { ...LONG, weekday: undefined }), "{date_short}": day(at, SHORT), "{date_long}": day(at, LONG),
    "{date_pretty}": pretty(at, now, { ...LONG, weekday: undefined }), "{date_short_pretty}": pretty(at, now, SHORT), "{date_long_pretty}": pretty(at, LONG),
    "{time}": clock(at), "{time_secs}": clock(at, true),
  };
  return h("time", { class_: "instant", datetime: at.toISOString(), title: unescaped(fallback ?? "") }, unescaped(format).replaceAll(/\{\w+\}/g, (part) => parts[part] ?? part));
}

function reference(inside, names) {
  const [target, label] = inside.split("|", 2);
  if (target.startsWith("@")) return h("span", { class_: "mention" }, "@" + (names.users.get(target.slice(1))?.name ?? label ?? target.slice(1)));
  if (target.startsWith("#")) return h("span", { class_: "mention" }, "#" + (names.channels.get(target.slice(1))?.name ?? label ?? target.slice(1)));
  if (target.startsWith("!date^")) return instant(target, label, names.now ?? Date.now());
  if (target.startsWith("!subteam^")) return h("span", { class_: "mention" }, label ?? "@" + (names.groups?.[target.slice(9)] ?? target.slice(9)));
  if (target.startsWith("!")) return h("span", { class_: "mention" }, label ?? "@" + target.slice(1));
  if (!/^(https?|mailto):/.test(target)) return document.createTextNode(unescaped(inside));
  return h("a", { href: unescaped(target), target: "_blank", rel: "noreferrer" }, unescaped(label ?? target));
}

// `names` knows users and channels by id.
export function mrkdwn(text, names) {
  if (text.includes("```")) return inline(text, names);
  const done = [];
  let plain = [];
  let quoted = [];
  const flush = () => {
    if (plain.length) done.push(...inline(plain.join("\n"), names));
    if (quoted.length) done.push(h("blockquote", {}, inline(quoted.join("\n"), names)));
    plain = [];
    quoted = [];
  };
  for (const line of text.split("\n")) {
    const quote = /^(?:>|&gt;) ?(.*)$/.exec(line);
    if (quote ? plain.length : quoted.length) flush();
    if (quote) quoted.push(quote[1]);
    else plain.push(line);
  }
  flush();
  return done;
}

function inline(text, names) {
  const lines = (plain) => plain.split("\n").flatMap((line, index) => [index ? h("br") : null, emoji(unescaped(line))]);
  const done = [];
  let at = 0;
  for (const match of text.matchAll(TOKENS)) {
    done.push(...lines(text.slice(at, match.index)));
    at = match.index + match[0].length;
    const [, pre, code, inside, bold, italic, strike] = match;
    if (pre !== undefined) done.push(h("pre", {}, unescaped(pre.replace(/^\n/, ""))));
    else if (code !== undefined) done.push(h("code", {}, unescaped(code)));
    else if (inside !== undefined) done.push(reference(inside, names));
    else if (bold !== undefined) done.push(h("b", {}, inline(bold, names)));
    else if (italic !== undefined) done.push(h("i", {}, inline(italic, names)));
    else done.push(h("s", {}, inline(strike, names)));
  }
  done.push(...lines(text.slice(at)));
  return done.filter((one) => one !== null && one !== "");
}

export const text = (object, names) =>
  object.type === "mrkdwn" ? mrkdwn(object.text, names) : object.text.split("\n").flatMap((line, n) => (n ? [h("br"), emoji(line)] : [emoji(line)]));
