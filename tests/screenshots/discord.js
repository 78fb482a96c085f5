// Draws a message with embeds and buttons as Discord does: only what podwhy sends. Anything else is an error, so that a
// picture never leaves out what people would see.
// https://docs.discord.com/developers/resources/message#embed-object
"use strict";

const DRAWN = ["color", "title", "description", "fields", "footer", "timestamp"];
const BUTTONS = { 1: "primary", 2: "secondary", 3: "success", 4: "danger" };

/** The picture: `{lang, now, channel, person, line, message: {content, embeds, components}}`, times in milliseconds. */
async function show(picture) {
  document.documentElement.lang = picture.lang;
  const { message } = picture;
  const used = picture.lang === "zh" ? "使用了" : "used";
  document.body.replaceChildren(
    el("main", "",
      el("header", "", el("span", "hash", "#"), el("b", "", picture.channel)),
      el("div", "asked",
        el("span", "small avatar", picture.person[0].toUpperCase()),
        el("b", "", picture.person), ` ${used} `, el("span", "mention", `/pod ${picture.line.split(" ")[0]}`)),
      el("article", "",
        el("div", "avatar", "P"),
        el("div", "body",
          el("div", "who",
            el("b", "", "podwhy"), el("span", "badge", "APP"), el("time", "", clock(picture.now, picture.lang, HOUR))),
          message.content ? el("div", "content", markdown(message.content, picture)) : "",
          message.embeds.map((one) => embed(one, picture)),
          message.components.map(row)))),
  );
  return measured();
}

function embed(one, picture) {
  const unknown = Object.keys(one).filter((key) => !DRAWN.includes(key));
  if (unknown.length) throw new Error(`no drawing of an embed's ${unknown.join(", ")}`);
  const made = el("div", "embed",
    one.title ? el("div", "title", inline(one.title, picture)) : "",
    one.description ? el("div", "description", markdown(one.description, picture)) : "",
    (one.fields ?? []).map((field) => el("div", "field",
      el("b", "", inline(field.name, picture)), el("div", "", markdown(field.value, picture)))),
    footer(one, picture));
  made.style.borderLeftColor = `#${(one.color ?? 0x1e1f22).toString(16).padStart(6, "0")}`;
  return made;
}

function footer(one, picture) {
  const at = one.timestamp ? Date.parse(one.timestamp) : null;
  const day = at && (nearDay(at, picture.now, picture.lang) || clock(at, picture.lang, { dateStyle: "short" }));
  const time = at ? `${day} ${clock(at, picture.lang, HOUR)}` : "";
  const text = [one.footer?.text ?? "", time].filter(Boolean).join(" • ");
  return text ? el("div", "footer", plain(text)) : "";
}

function row(one) {
  if (one.type !== 1) throw new Error(`no drawing of the component ${one.type}`);
  return el("div", "row", one.components.map((part) => {
    if (part.type !== 2) throw new Error(`no drawing of the component ${part.type} in a row`);
    return el("button", BUTTONS[part.style], part.label);
  }));
}
