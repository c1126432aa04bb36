// Blocks as elements. `use(element, block, chosen)` is called when somebody uses one; fields of a form carry
// `data-block` and are read by `values(form)`.
import { h } from "./dom.js";
import { emoji, mrkdwn, text } from "./mrkdwn.js";

const options = (element) => [...(element.options ?? []), ...(element.option_groups ?? []).flatMap((group) => group.options)];
const plain = (object) => emoji(object?.text ?? "");

function select(element, current, names, properties) {
  const kind = element.type.replace("multi_", "");
  let choices = options(element).map((one) => [one.value, plain(one.text)]);
  if (kind === "users_select") choices = [...names.users.values()].filter((user) => !user.is_bot).map((user) => [user.id, "@" + user.name]);
  if (kind === "channels_select" || kind === "conversations_select") choices = [...names.channels.values()].filter((one) => one.name).map((one) => [one.id, "#" + one.name]);
  const many = element.type.startsWith("multi_");
  const made = h("select", { ...properties, multiple: many }, many ? null : h("option", { value: "" }, plain(element.placeholder) || "Choose"));
  made.append(...choices.map(([value, label]) => h("option", { value, selected: current.includes(value) }, label)));
  return made;
}

function currentOf(state) {
  const found = Object.entries(state ?? {}).find(([name]) => name !== "type")?.[1] ?? [];
  return (Array.isArray(found) ? found : [found]).map((one) => (one && typeof one === "object" ? one.value : one)).filter((one) => one !== null && one !== undefined).map(String);
}

const moment = (seconds) => { const at = new Date(seconds * 1000 - new Date(seconds * 1000).getTimezoneOffset() * 60000); return at.toISOString().slice(0, 16); };

function field(element, block, state, names) {
  const current = currentOf(state);
  const key = { "data-block": block.block_id, "data-kind": element.type };
  const hint = { placeholder: plain(element.placeholder) };
  switch (element.type) {
    case "plain_text_input": {
      const bounds = { ...key, ...hint, minlength: element.min_length, maxlength: element.max_length ?? 3000 };
      return element.multiline ? h("textarea", { ...bounds, rows: 4 }, current[0] ?? "") : h("input", { ...bounds, value: current[0] ?? "" });
    }
    case "radio_buttons":
    case "checkboxes": {
      const type = element.type === "checkboxes" ? "checkbox" : "radio";
      return h("fieldset", key, options(element).map((one) => h("label", {}, h("input", { type, name: block.block_id, value: one.value, checked: current.includes(one.value) }), " ", text(one.text, names), one.description ? h("span", { class_: "hint" }, " ", plain(one.description)) : null)));
    }
    case "number_input": return h("input", { ...key, ...hint, type: "number", step: element.is_decimal_allowed ? "any" : "1", min: element.min_value, max: element.max_value, value: current[0] ?? "" });
    case "email_text_input": return h("input", { ...key, ...hint, type: "email", value: current[0] ?? "" });
    case "url_text_input": return h("input", { ...key, ...hint, type: "url", value: current[0] ?? "" });
    case "datepicker": return h("input", { ...key, type: "date", value: current[0] ?? "" });
    case "timepicker": return h("input", { ...key, type: "time", value: current[0] ?? "" });
    case "datetimepicker": return h("input", { ...key, type: "datetime-local", value: current[0] ? moment(Number(current[0])) : "" });
    default: return element.type.endsWith("select") ? select(element, current, names, key) : h("em", {}, `(${element.type})`);
  }
}

function confirmed(element) {
  const ask = element.confirm;
  return !ask || window.confirm(`${plain(ask.title)}\n\n${plain(ask.text)}`);
}

function interactive(element, block, state, names, use) {
  if (element.type === "image") return h("img", { src: element.image_url, alt: element.alt_text, width: 72 });
  if (element.type === "button") return h("button", { type: "button", class_: element.style, onclick: () => confirmed(element) && use(element, block, element.value) }, plain(element.text));
  if (element.type === "overflow") return h("select", { class_: "overflow", "aria-label": "More", title: "More", onchange: (event) => { const chosen = event.target.value; event.target.value = ""; if (chosen && confirmed(element)) use(element, block, chosen); } }, h("option", { value: "", hidden: true }, "⋯"), options(element).map((one) => h("option", { value: one.value }, plain(one.text))));
  const made = field(element, block, state, names);
  made.addEventListener("change", () => { const chosen = read(made); if (chosen !== null && confirmed(element)) use(element, block, chosen); });
  return made;
}

export function render(blocks, { names, use, state = {}, errors = {} }) {
  const one = (block) => {
    const of = (element) => state[block.block_id]?.[element.action_id];
    const body = h("div", { class_: `block ${block.type}` });
    switch (block.type) {
      case "section":
        body.append(h("div", {}, block.text ? text(block.text, names) : null, block.fields ? h("div", { class_: "fields" }, block.fields.map((item) => h("div", {}, text(item, names)))) : null));
        if (block.accessory) body.append(interactive(block.accessory, block, of(block.accessory), names, use));
        break;
      case "header": body.append(plain(block.text)); break;
      case "divider": body.append(h("hr")); break;
      case "context": body.append(...block.elements.flatMap((item) => [item.type === "image" ? h("img", { src: item.image_url, alt: item.alt_text, width: 20 }) : h("span", {}, text(item, names)), " "])); break;
      case "actions": body.append(...block.elements.map((item) => interactive(item, block, of(item), names, use))); break;
      case "image": body.append(h("img", { src: block.image_url, alt: block.alt_text })); break;
      case "markdown": body.append(...mrkdwn(block.text, names)); break;
      case "input": {
        const made = block.dispatch_action ? interactive(block.element, block, of(block.element), names, use) : field(block.element, block, of(block.element), names);
        body.append(h("label", {}, plain(block.label), block.optional ? h("span", { class_: "hint" }, " (optional)") : null, made));
        if (block.hint) body.append(h("div", { class_: "hint" }, text(block.hint, names)));
        if (errors[block.block_id]) body.append(h("div", { class_: "error", role: "alert" }, errors[block.block_id]));
        break;
      }
      default: body.append(h("em", {}, `(${block.type})`));
    }
    return body;
  };
  return blocks.map(one);
}

function read(made) {
  const kind = made.dataset.kind;
  if (kind === "radio_buttons") return made.querySelector("input:checked")?.value ?? null;
  if (kind === "checkboxes") return [...made.querySelectorAll("input:checked")].map((box) => box.value);
  if (kind.startsWith("multi_")) return [...made.selectedOptions].map((one) => one.value);
  if (made.value === "") return null;
  return kind === "datetimepicker" ? Math.floor(new Date(made.value).getTime() / 1000) : made.value;
}

// What is filled in, by block id.
export const values = (form) => Object.fromEntries([...form.querySelectorAll("[data-block]")].map((made) => [made.dataset.block, read(made)]));
