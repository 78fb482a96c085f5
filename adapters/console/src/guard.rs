//! Who may use the console: the one who opened the link from the terminal first, from the console's own page.
//!
//! Any web page can send requests to 127.0.0.1, and by a name that resolves to it read the answers. So every request must
//! name this address as its Host, come from no other Origin, and carry the session's cookie, which only the link gives.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use crate::assets;

/// A page may only load what this server sends, and be shown in no other page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src 'self' data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

pub(crate) struct Guard {
    address: SocketAddr,
    session: String,
    /// The token of the link that was not used yet; `None` when no further one could be made. And the last that was used.
    token: Mutex<(Option<String>, Option<String>)>,
    on_new_link: Arc<dyn Fn(&str) + Send + Sync>,
}

impl Guard {
    pub(crate) fn new(
        address: SocketAddr,
        on_new_link: Arc<dyn Fn(&str) + Send + Sync>,
    ) -> std::io::Result<Guard> {
        Ok(Guard { address, session: random()?, token: Mutex::new((Some(random()?), None)), on_new_link })
    }

    pub(crate) fn link(&self) -> String {
        let token = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        format!("http://{}/?token={}", self.address, token.0.as_deref().unwrap_or_default())
    }

    /// Cookies are shared by every port of a host: the name keeps two consoles apart.
    fn cookie(&self) -> String {
        format!("podwhy_{}", self.address.port())
    }

    fn has_session(&self, headers: &HeaderMap) -> bool {
        let wanted = format!("{}={}", self.cookie(), self.session);
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        cookies.flat_map(|value| value.split(';')).any(|cookie| cookie.trim() == wanted)
    }

    /// Whether the Host is this address, and the Origin, where a browser tells one, too.
    fn is_own(&self, headers: &HeaderMap) -> bool {
        let hosts = [self.address.to_string(), format!("localhost:{}", self.address.port())];
        let text = |name| headers.get(name).and_then(|value: &header::HeaderValue| value.to_str().ok());
        let host = text(header::HOST).unwrap_or_default();
        let own = hosts.iter().any(|own| own == host);
        let origin = text(header::ORIGIN).is_none_or(|origin| origin == format!("http://{host}"));
        own && origin
    }

    /// Uses the link up. The next one is made at once, for when this one was opened by mistake.
    fn redeem(&self, offered: &str) -> bool {
        let mut token = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        if token.0.as_deref() != Some(offered) {
            return false;
        }
        // without randomness no further link can be made: the session that now begins stays the only one
        *token = (random().ok(), Some(offered.to_string()));
        true
    }

    /// Whether this is the last link that was used, for the first time since: any page may send any token, and only one
    /// who had the link may make the terminal speak.
    fn was_used(&self, offered: &str) -> bool {
        let mut token = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        let known = token.1.as_deref() == Some(offered) && token.0.is_some();
        if known {
            token.1 = None;
        }
        known
    }
}

fn random() -> std::io::Result<String> {
    let mut bytes = [0_u8; 24];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Lets a request through, or says why not.
pub(crate) async fn check(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let mut response = match refusal(&guard, &request) {
        Some(response) => response,
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, header::HeaderValue::from_static(value));
    }
    response
}

fn refusal(guard: &Guard, request: &Request) -> Option<Response> {
    let headers = request.headers();
    if !guard.is_own(headers) {
        let why = "This console answers its own page only: open the link that podwhy printed.";
        return Some((StatusCode::FORBIDDEN, why).into_response());
    }
    let token = request.uri().query().and_then(|query| query.strip_prefix("token="));
    if let (&Method::GET, "/", Some(token)) = (request.method(), request.uri().path(), token) {
        return Some(enter(guard, headers, token));
    }
    if !guard.has_session(headers) {
        return Some(if request.uri().path().starts_with("/api/") {
            (StatusCode::UNAUTHORIZED, axum::Json(serde_json::json!({"error": "this page has no session: open the link that podwhy printed"})))
                .into_response()
        } else {
            assets::no_session()
        });
    }
    let safe = matches!(*request.method(), Method::GET | Method::HEAD);
    if !safe && !headers.contains_key("x-podwhy") {
        return Some((StatusCode::FORBIDDEN, "X-Podwhy is missing").into_response());
    }
    None
}

fn enter(guard: &Guard, headers: &HeaderMap, token: &str) -> Response {
    if guard.redeem(token) {
        let cookie = format!("{}={}; HttpOnly; SameSite=Strict; Path=/", guard.cookie(), guard.session);
        // after a redirect from another site a strict cookie would not be sent: the page goes on by itself
        return ([(header::SET_COOKIE, cookie)], assets::entering()).into_response();
    }
    if guard.has_session(headers) {
        return Redirect::to("/").into_response();
    }
    if guard.was_used(token) {
        (guard.on_new_link)(&guard.link());
    }
    assets::no_session()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard() -> Guard {
        Guard::new(SocketAddr::from(([127, 0, 0, 1], 4321)), Arc::new(|_| {})).unwrap()
    }

    fn headers(pairs: &[(header::HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_the_consoles_own_page_is_answered() {
        let guard = guard();
        for (pairs, own) in [
            (&[(header::HOST, "127.0.0.1:4321")][..], true),
            (&[(header::HOST, "localhost:4321")], true),
            (&[(header::HOST, "127.0.0.1:4321"), (header::ORIGIN, "http://127.0.0.1:4321")], true),
            (&[(header::HOST, "127.0.0.1:4321"), (header::ORIGIN, "http://localhost:4321")], false),
            (&[(header::HOST, "127.0.0.1:4321"), (header::ORIGIN, "https://evil.example")], false),
            (&[(header::HOST, "127.0.0.1:4321"), (header::ORIGIN, "null")], false),
            (&[(header::HOST, "rebound.example:4321")], false),
            (&[], false),
        ] {
            assert_eq!(guard.is_own(&headers(pairs)), own, "{pairs:?}");
        }
    }

    #[test]
    fn a_link_is_used_once_and_the_next_is_another() {
        let guard = guard();
        let link = guard.link();
        let token = link.split_once("token=").unwrap().1.to_string();
        assert!(!guard.redeem("x") && !guard.redeem(""));
        assert!(guard.redeem(&token) && !guard.redeem(&token));
        assert_ne!(guard.link(), link);
        let cookie = format!("other=1; podwhy_4321={}", guard.session);
        assert!(guard.has_session(&headers(&[(header::COOKIE, &cookie)])));
        assert!(!guard.has_session(&headers(&[(header::COOKIE, "podwhy_4321=x")])));
    }
}
