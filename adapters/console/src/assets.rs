//! The page, in the binary: nothing to build, nothing to install.

use axum::http::{StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};

/// Path, content type, content.
const FILES: &[(&str, &str, &str)] = &[
    ("/", "text/html; charset=utf-8", include_str!("../assets/index.html")),
    ("/app.css", CSS, include_str!("../assets/app.css")),
    ("/card.css", CSS, include_str!("../assets/card.css")),
    ("/side.css", CSS, include_str!("../assets/side.css")),
    ("/act.css", CSS, include_str!("../assets/act.css")),
    ("/act.js", JS, include_str!("../assets/act.js")),
    ("/api.js", JS, include_str!("../assets/api.js")),
    ("/app.js", JS, include_str!("../assets/app.js")),
    ("/card.js", JS, include_str!("../assets/card.js")),
    ("/chat.js", JS, include_str!("../assets/chat.js")),
    ("/complete.js", JS, include_str!("../assets/complete.js")),
    ("/composer.js", JS, include_str!("../assets/composer.js")),
    ("/dom.js", JS, include_str!("../assets/dom.js")),
    ("/drop.js", JS, include_str!("../assets/drop.js")),
    ("/early.js", JS, include_str!("../assets/early.js")),
    ("/failing.js", JS, include_str!("../assets/failing.js")),
    ("/person.js", JS, include_str!("../assets/person.js")),
    ("/playground.js", JS, include_str!("../assets/playground.js")),
    ("/source.js", JS, include_str!("../assets/source.js")),
    ("/words.js", JS, include_str!("../assets/words.js")),
];

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

pub(crate) async fn serve(uri: Uri) -> Response {
    match FILES.iter().find(|(path, ..)| *path == uri.path()) {
        Some((_, kind, content)) => ([(header::CONTENT_TYPE, *kind)], *content).into_response(),
        None => (StatusCode::NOT_FOUND, "there is no such page").into_response(),
    }
}

/// What is shown for a moment to one who opened the link.
pub(crate) fn entering() -> Html<&'static str> {
    Html(
        "<!doctype html><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"0;url=/\"><title>podwhy</title>\
        <a href=\"/\">podwhy</a>",
    )
}

/// What is shown to one who has no session.
pub(crate) fn no_session() -> Response {
    let page = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
        <title>podwhy</title><h1>podwhy</h1><p>This page has no session. Open the link that podwhy printed in its terminal; each \
        link works once, and a new one was printed if you used one that was used before.</p>\
        <p lang=\"zh\">此页面没有会话。请打开 podwhy 在终端里打印的链接；每个链接只能用一次，若已用过，终端里会打印新的链接。</p></html>";
    (StatusCode::FORBIDDEN, Html(page)).into_response()
}
