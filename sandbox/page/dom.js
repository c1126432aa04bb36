// Elements by hand: nothing here ever parses HTML, so what people type stays text.

export function h(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name === "class_" ? "class" : name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

const unescaped = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

const TOKENS = /```([\s\S]+?)```|`([^`\n]+)`|<([^<>]+)>|(?<![\w*])\*([^*\n]+)\*(?!\w)|(?<![\w_])_([^_\n]+)_(?!\w)|(?<![\w~])~([^~\n]+)~(?!\w)/g;

function reference(inside, names) {
  const [target, label] = inside.split("|", 2);
  if (target.startsWith("@")) return h("span", { class_: "mention" }, "@" + (names.users.get(target.slice(1))?.name ?? label ?? target.slice(1)));
  if (target.startsWith("#")) return h("span", { class_: "mention" }, "#" + (names.channels.get(target.slice(1))?.name ?? label ?? target.slice(1)));
  if (target.startsWith("!date^")) return document.createTextNode(unescaped(label ?? new Date(Number(target.split("^")[1]) * 1000).toLocaleString()));
  if (target.startsWith("!")) return h("span", { class_: "mention" }, label ?? "@" + target.slice(1).replace("subteam^", ""));
  if (!/^(https?|mailto):/.test(target)) return document.createTextNode(unescaped(inside));
  return h("a", { href: unescaped(target), target: "_blank", rel: "noreferrer" }, unescaped(label ?? target));
}

// Slack's mrkdwn as nodes; `names` knows users and channels by id.
export function mrkdwn(text, names) {
  const lines = (plain) => plain.split("\n").flatMap((line, index) => [index ? h("br") : null, unescaped(line)]);
  const done = [];
  let at = 0;
  for (const match of text.matchAll(TOKENS)) {
    done.push(...lines(text.slice(at, match.index)));
    at = match.index + match[0].length;
    const [, pre, code, inside, bold, italic, strike] = match;
    if (pre !== undefined) done.push(h("pre", {}, unescaped(pre.replace(/^\n/, ""))));
    else if (code !== undefined) done.push(h("code", {}, unescaped(code)));
    else if (inside !== undefined) done.push(reference(inside, names));
    else if (bold !== undefined) done.push(h("b", {}, mrkdwn(bold, names)));
    else if (italic !== undefined) done.push(h("i", {}, mrkdwn(italic, names)));
    else done.push(h("s", {}, mrkdwn(strike, names)));
  }
  done.push(...lines(text.slice(at)));
  return done.filter((one) => one !== null && one !== "");
}

export const text = (object, names) =>
  object.type === "mrkdwn" ? mrkdwn(object.text, names) : object.text.split("\n").flatMap((line, n) => (n ? [h("br"), line] : [line]));
