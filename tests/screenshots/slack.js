// Draws Block Kit as Slack does: only the blocks and elements that podwhy sends. Any other is an error, so that a
// picture never leaves out what people would see.
// https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
"use strict";

const EMOJI = {
  red_circle: "red",
  large_green_circle: "green",
  large_blue_circle: "blue",
  large_yellow_circle: "yellow",
  warning: "warning",
  eyes: "eyes",
  hourglass_flowing_sand: "hourglass",
};

/** The picture: `{lang, now, channel, person, line, message: {text, blocks}}`, times in milliseconds. */
async function show(picture) {
  document.documentElement.lang = picture.lang;
  const said = el("div", "text", el("span", "mention", "@podwhy"), ` ${picture.line}`);
  document.body.replaceChildren(
    el("main", "",
      el("header", "", el("b", "", picture.lang === "zh" ? "消息列" : "Thread"), el("span", "", `# ${picture.channel}`)),
      entry(picture, picture.person, "person", said, picture.now - 5_000),
      el("div", "replies", el("span", "", picture.lang === "zh" ? "1 条回复" : "1 reply")),
      entry(picture, "podwhy", "app", picture.message.blocks.map((one) => block(one, picture)), picture.now)),
  );
  return measured();
}

function entry(picture, name, kind, body, at) {
  const badge = kind === "app" ? el("span", "badge", picture.lang === "zh" ? "应用" : "APP") : "";
  return el("article", kind,
    el("div", "avatar", name[0].toUpperCase()),
    el("div", "body",
      el("div", "who", el("b", "", name), badge, el("time", "", clock(at, picture.lang, HOUR))),
      body));
}

function block(one, picture) {
  switch (one.type) {
    case "rich_text":
      return el("div", "block", one.elements.map((part) => rich(part, picture)));
    case "context":
      return el("div", "block context", one.elements.map((part) => el("span", "", mrkdwn(part, picture))));
    case "actions":
      return el("div", "block actions", one.elements.map(button));
    case "divider":
      return el("hr", "block");
    default:
      throw new Error(`no drawing of the block ${one.type}`);
  }
}

function rich(part, picture) {
  const inside = () => part.elements.map((one) => inline(one, picture));
  switch (part.type) {
    case "rich_text_section":
      return el("div", "text", inside());
    case "rich_text_preformatted":
      return el("pre", "", inside());
    case "rich_text_list":
      if (part.style !== "bullet") throw new Error(`no drawing of the list ${part.style}`);
      return el("ul", "", part.elements.map((item) => el("li", "", item.elements.map((one) => inline(one, picture)))));
    default:
      throw new Error(`no drawing of ${part.type}`);
  }
}

function inline(one, picture) {
  switch (one.type) {
    case "text":
      return styled(one.text, one.style ?? {});
    case "emoji":
      return sign(EMOJI, one.name);
    case "date":
      return date(one.timestamp * 1_000, one.format, picture);
    case "channel":
      return el("span", "mention", `#${one.channel_id}`);
    default:
      throw new Error(`no drawing of ${one.type}`);
  }
}

function styled(text, style) {
  let made = style.code ? el("code", "", text) : text;
  if (style.italic) made = el("i", "", made);
  if (style.bold) made = el("b", "", made);
  return made;
}

/** https://docs.slack.dev/messaging/formatting-message-text#date-formatting */
function date(at, format, picture) {
  const day = nearDay(at, picture.now, picture.lang);
  return format
    .replace("{date_short_pretty}", day || clock(at, picture.lang, { dateStyle: "medium" }))
    .replace("{time}", clock(at, picture.lang, HOUR));
}

/** The line below an answer: emoji, times, and escaped text. */
function mrkdwn(part, picture) {
  if (part.type !== "mrkdwn") throw new Error(`no drawing of ${part.type} in a context`);
  return part.text.split(/(:[a-z_]+:|<!date\^\d+\^[^|>]+\|[^>]*>)/).map((piece) => {
    const time = /^<!date\^(\d+)\^([^|]+)\|/.exec(piece);
    if (time) return date(Number(time[1]) * 1_000, time[2], picture);
    if (/^:[a-z_]+:$/.test(piece)) return sign(EMOJI, piece.slice(1, -1));
    return piece.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
  });
}

function button(one) {
  if (one.type !== "button") throw new Error(`no drawing of ${one.type} among buttons`);
  return el("button", one.style ?? "", one.text.text);
}
