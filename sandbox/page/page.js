// The page: one person's Slack, kept fresh by the long poll of changes.
import { h } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";
import { render, values } from "./blocks.js";

const byId = (id) => document.getElementById(id);
const names = { users: new Map(), channels: new Map() };
const view = { me: null, place: null, thread: null, app: null };
let shownModal = "";

async function call(operation, args = {}) {
  const answer = await fetch(`/sandbox/${operation}`, { method: "POST", body: JSON.stringify(args) });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.refused ?? `${operation}: ${answer.status}`);
  return body;
}

let silence;
function notice(text) {
  byId("notice").textContent = text;
  clearTimeout(silence);
  silence = setTimeout(() => (byId("notice").textContent = ""), 6000);
}

async function attempt(work) {
  try {
    const outcome = await work();
    if (outcome?.shown) notice(outcome.shown);
  } catch (error) {
    notice(error.message);
  }
  await refresh();
}

function message(one, inThread) {
  const author = names.users.get(one.user);
  const use = (element, block, chosen) =>
    attempt(() => call("click", { user: view.me, channel: view.place, ts: one.ts, action_id: element.action_id, block_id: block.block_id, ...(element.type === "button" ? {} : { selected_option: chosen }) }));
  const replies = one.reply_count ? h("button", { class_: "link", onclick: () => openThread(one.ts) }, `${one.reply_count} ${one.reply_count === 1 ? "reply" : "replies"}`) : null;
  const tools = h("span", { class_: "tools" },
    inThread || one.is_ephemeral ? null : h("button", { class_: "link", onclick: () => openThread(one.ts) }, "Reply"),
    one.is_ephemeral ? h("button", { class_: "link", onclick: () => attempt(() => call("dismiss", { user: view.me, channel: view.place, ts: one.ts })) }, "Dismiss") : null,
    one.is_ephemeral ? null : h("button", { class_: "link", title: "React with :ticket:", onclick: () => attempt(() => call("react", { user: view.me, channel: view.place, ts: one.ts, name: "ticket" })) }, "🎫"),
    one.is_ephemeral ? null : (view.app.shortcuts ?? []).filter((item) => item.on === "message").map((item) => h("button", { class_: "link", onclick: () => attempt(() => call("message_shortcut", { user: view.me, channel: view.place, ts: one.ts, callback_id: item.callback_id })) }, item.name)));
  const body = one.blocks?.length ? render(one.blocks, { names, use }) : mrkdwn(one.text, names);
  return h("li", { class_: `message${one.is_ephemeral ? " ephemeral" : ""}` }, tools,
    h("span", { class_: `by${one.bot_id ? " app" : ""}` }, author?.real_name ?? one.user),
    h("time", {}, new Date(Number(one.ts) * 1000).toLocaleString([], { month: "short", day: "numeric", hour: "numeric", minute: "2-digit" })),
    one.is_ephemeral ? h("span", { class_: "note" }, "Only visible to you") : null,
    one.edited ? h("span", { class_: "note" }, "(edited)") : null,
    one.pinned_to ? h("span", { class_: "note" }, "📌 pinned") : null,
    h("div", {}, body),
    (one.files ?? []).map((file) => h("div", {}, file.mimetype.startsWith("image/") ? h("img", { src: new URL(file.url_private).pathname, alt: file.alt_txt || file.title, width: 360 }) : h("a", { href: new URL(file.url_private).pathname }, file.title))),
    (one.reactions ?? []).map((item) => h("span", { class_: "reaction" }, `:${item.name}: ${item.count}`)),
    inThread ? null : replies);
}

// Redraw a list only when it changed, so that an open menu or a text being typed is left alone.
function draw(list, key, make) {
  if (list.dataset.key === key) return;
  const low = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
  list.dataset.key = key;
  list.replaceChildren(...make());
  if (low) list.scrollTop = list.scrollHeight;
}

const isHome = () => view.place === "home";

async function refresh() {
  const app = await call("app");
  names.now = app.now * 1000;
  names.groups = app.usergroups;
  const channels = await call("channels", { viewer: view.me });
  for (const one of channels) names.channels.set(one.id, one);
  const mine = channels.filter((one) => one.members.includes(view.me));
  if (!isHome() && !mine.some((one) => one.id === view.place)) view.place = mine[0]?.id ?? "home";
  const me = names.users.get(view.me);
  const label = (one) => (one.user ? `✉ ${view.app.name}` : `${one.is_private ? "🔒 " : "# "}${one.name}${one.is_ext_shared ? " ⇄" : ""}`);
  draw(byId("channels"), JSON.stringify([view.me, view.place, mine.map((one) => [one.id, one.name, one.is_archived])]), () => [
    me.team === view.app.team ? h("li", {}, h("button", { "aria-current": isHome() ? "page" : null, onclick: () => go("home") }, `⌂ ${view.app.name}`)) : null,
    ...mine.map((one) => h("li", {}, h("button", { class_: one.is_archived ? "archived" : null, "aria-current": one.id === view.place ? "page" : null, onclick: () => go(one.id) }, label(one)))),
  ].filter(Boolean));
  const where = names.channels.get(view.place);
  byId("title").replaceChildren(isHome() ? `${view.app.name}: Home` : h("span", {}, label(where), " ", h("small", {}, where.topic?.value ?? "")),
    h("span", {}, me.team === view.app.team ? (view.app.shortcuts ?? []).filter((one) => one.on === "global").map((one) => h("button", { class_: "link", onclick: () => attempt(() => call("shortcut", { user: view.me, callback_id: one.callback_id })) }, `⚡ ${one.name}`)) : null));
  byId("say").hidden = isHome();
  if (isHome()) {
    const home = await call("home", { user: view.me });
    const use = (element, block, chosen) => attempt(() => call("click_view", { user: view.me, view_id: home.id, action_id: element.action_id, block_id: block.block_id, ...(element.type === "button" ? {} : { selected_option: chosen }) }));
    draw(byId("messages"), "home" + view.me + (home?.hash ?? ""), () => (home ? render(home.blocks, { names, use, state: home.state.values }) : [h("li", {}, "Nothing here yet.")]));
  } else {
    const shown = await call("messages", { channel: view.place, viewer: view.me });
    draw(byId("messages"), view.me + view.place + JSON.stringify(shown), () => shown.map((one) => message(one, false)));
  }
  byId("thread").hidden = !view.thread || isHome();
  if (view.thread && !isHome()) {
    const shown = await call("messages", { channel: view.place, viewer: view.me, thread_ts: view.thread });
    draw(byId("replies"), view.me + JSON.stringify(shown), () => shown.map((one) => message(one, true)));
  }
  await modal();
}

async function modal() {
  const dialog = byId("modal");
  const open = (await call("views", { user: view.me })).at(-1);
  const key = open ? open.id + open.view.hash + JSON.stringify([open.errors, open.trouble ?? null]) : "";
  if (key === shownModal) return;
  shownModal = key;
  if (!open) { dialog.close(); return; }
  const body = open.view;
  const filled = () => values(dialog);
  const use = (element, block, chosen) => attempt(() => call("click_view", { user: view.me, view_id: open.id, action_id: element.action_id, block_id: block.block_id, values: Object.fromEntries(Object.entries(filled()).filter(([id]) => id !== block.block_id)), ...(element.type === "button" ? {} : { selected_option: chosen }) }));
  const send = (event) => { event.preventDefault(); attempt(() => call("submit", { user: view.me, view_id: open.id, values: filled() })); };
  dialog.replaceChildren(h("form", { onsubmit: send, novalidate: true },
    h("header", {}, body.title.text),
    open.trouble ? h("div", { class_: "body error", role: "alert" }, open.trouble) : null,
    h("div", { class_: "body" }, render(body.blocks, { names, use, state: body.state.values, errors: open.errors ?? {} })),
    h("footer", {}, h("button", { type: "button", onclick: () => closeModal(open.id) }, body.close?.text ?? "Cancel"), body.submit ? h("button", { class_: "primary" }, body.submit.text) : null)));
  dialog.oncancel = (event) => { event.preventDefault(); closeModal(open.id); };
  if (!dialog.open) dialog.showModal();
}

const closeModal = (id) => attempt(() => call("close", { user: view.me, view_id: id }));

function openThread(ts) {
  view.thread = ts;
  refresh();
}

function go(place) {
  view.place = place;
  view.thread = null;
  byId("messages").dataset.key = "";
  attempt(async () => (place === "home" ? void (await call("open_home", { user: view.me })) : undefined));
}

function typed(form, thread) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const input = form.querySelector("input");
    const text = input.value.trim();
    if (!text) return;
    input.value = "";
    const space = text.search(/\s/);
    const command = text.startsWith("/") ? (space < 0 ? text : text.slice(0, space)) : null;
    const common = { user: view.me, channel: view.place, ...(thread ? { thread_ts: view.thread } : {}) };
    attempt(() => (command ? call("command", { ...common, command, text: text.slice(command.length).trim() }) : call("say", { ...common, text }).then(() => undefined)));
  });
}

function become(id) {
  view.me = id;
  view.thread = null;
  const me = names.users.get(id);
  const team = view.app.teams.find((one) => one.id === me.team);
  byId("whose").textContent = `${team?.name ?? me.team}${me.is_guest ? ", guest" : ""}`;
  if (isHome() && me.team !== view.app.team) view.place = null;
  attempt(async () => undefined);
}

async function start() {
  view.app = await call("app");
  const load = async () => { for (const user of await call("users")) names.users.set(user.id, user); };
  await load();
  const who = byId("who");
  const people = [...names.users.values()].filter((user) => !user.is_bot);
  who.append(...view.app.teams.map((team) => h("optgroup", { label: team.name }, people.filter((user) => user.team === team.id).map((user) => h("option", { value: user.id }, user.real_name)))));
  who.addEventListener("change", () => become(who.value));
  byId("close-thread").addEventListener("click", () => { view.thread = null; refresh(); });
  typed(byId("say"), false);
  typed(byId("reply"), true);
  document.title = `${view.app.name} · sandbox`;
  // The address may name a person and a place: #USER/CHANNEL.
  const [wanted, place] = location.hash.slice(1).split("/");
  if (names.users.has(wanted)) who.value = wanted;
  view.place = place || null;
  become(who.value);
  let seq = 0;
  for (;;) {
    try {
      const changes = await (await fetch(`/sandbox/changes?since=${seq}&timeout_s=25`)).json();
      seq = changes.seq;
      if (changes.changes.some((one) => one.kind === "user_added")) await load();
      if (changes.changes.some((one) => one.kind !== "call" && one.kind !== "dispatched")) await refresh();
    } catch {
      notice("The sandbox does not answer; trying again.");
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  }
}

start();
