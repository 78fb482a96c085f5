//! One REST call, from its arrival to its answer.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::body::{self, Sent};
use super::buckets::{Standing, Taken};
use super::chaos::What;
use super::clock::seconds;
use super::observe;
use super::refusal::Refusal;
use super::route::{Params, Route};
use super::state::{Shared, State};
use super::violations::Rule;
use crate::cut::Cut;

/// By which door a call comes in.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) shared: Arc<Shared>,
    pub(super) client: String,
    pub(super) gateway: String,
    pub(super) cut: Cut,
}

/// A call.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) client: String,
    pub(super) gateway: String,
    pub(super) route: Route,
    pub(super) params: Params,
    pub(super) query: Vec<(String, String)>,
    pub(super) sent: Sent,
    pub(super) at: Instant,
}

impl Call {
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A success.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Option<Value>,
}

impl Answer {
    pub(super) fn ok(body: Value) -> Result<Answer, Refusal> {
        Ok(Answer { status: 200, body: Some(body) })
    }

    pub(super) fn created(body: Value) -> Result<Answer, Refusal> {
        Ok(Answer { status: 201, body: Some(body) })
    }

    pub(super) fn nothing() -> Result<Answer, Refusal> {
        Ok(Answer { status: 204, body: None })
    }
}

/// What is known of a call before its body is read.
struct Arrival {
    at: Instant,
    method: String,
    path: String,
    found: Option<(Route, Params)>,
    query: Vec<(String, String)>,
    headers: HeaderMap,
}

/// What becomes of a call.
enum Fate {
    Answer(Response),
    Hang,
    Lose,
}

pub(super) async fn answer(entry: Entry, request: Request) -> Response {
    let path = request.uri().path().to_string();
    let method = request.method().to_string();
    let found = path.strip_prefix("/api/v10").and_then(|rest| Route::find(&method, rest));
    let query = request.uri().query().unwrap_or_default();
    let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let arrival =
        Arrival { at: Instant::now(), method, path, found, query, headers: request.headers().clone() };
    let sent = body::read(request).await;
    let fate = entry.shared.change(|state| state.arrive(&entry, arrival, sent));
    match fate {
        Fate::Answer(response) => response,
        Fate::Hang => std::future::pending().await,
        Fate::Lose => entry.cut.now().await,
    }
}

impl State {
    fn arrive(&mut self, entry: &Entry, arrival: Arrival, sent: Result<Sent, body::Unreadable>) -> Fate {
        let route = arrival.found.as_ref().map(|(route, _)| *route);
        let place = self.requests.len();
        self.requests.push(observe::Request {
            client: entry.client.clone(),
            route,
            method: arrival.method.clone(),
            path: arrival.path.clone(),
            body: sent.as_ref().map(|sent| sent.json.clone()).unwrap_or_default(),
            at: arrival.at,
            status: None,
        });
        let strike = self.chaos.strike(route);
        if strike == Some(What::Hang) {
            return Fate::Hang;
        }
        let answered = self.judge(entry, arrival, sent, strike);
        if strike == Some(What::LoseResponse) {
            self.answer_was_lost(route);
            return Fate::Lose;
        }
        if let Some(request) = self.requests.get_mut(place) {
            request.status = Some(answered.status().as_u16());
        }
        Fate::Answer(answered)
    }

    /// Everything that is asked of any call, then the call itself.
    fn judge(
        &mut self,
        entry: &Entry,
        arrival: Arrival,
        sent: Result<Sent, body::Unreadable>,
        strike: Option<What>,
    ) -> Response {
        let header =
            |name: HeaderName| arrival.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let (agent, authorization) = (header(http::header::USER_AGENT), header(http::header::AUTHORIZATION));
        let asked = format!("{} {} {:?}", arrival.method, arrival.path, sent.as_ref().map(|s| &s.json).ok());
        if !agent.starts_with("DiscordBot (") {
            self.violate(Rule::UserAgent, &entry.client, format!("{agent:?} calls {}", arrival.path));
        }
        let Some((route, params)) = arrival.found else {
            self.violate(
                Rule::Route,
                &entry.client,
                format!("no route for {} {}", arrival.method, arrival.path),
            );
            return written(Err(Refusal::no_such_route()), None);
        };
        if let Some(What::Fail(status)) = strike {
            return written(Err(Refusal::server(status)), None);
        }
        if route.needs_token() && authorization != format!("Bot {}", self.world.token) {
            self.violate(Rule::Token, &entry.client, format!("a wrong token for {}", arrival.path));
            return written(Err(Refusal::unauthorized()), None);
        }
        if let Some(What::RateLimit { after, global }) = strike {
            let standing = self.buckets.punish(route, params.major(), &asked, after, global);
            return told_to_wait(after, global, &standing);
        }
        let (taken, standing) = self.buckets.take(route, params.major(), &asked);
        if let Taken::Wait { after, global, early } = taken {
            if early {
                let detail = format!("{} {} again, {after:?} before its time", arrival.method, arrival.path);
                self.violate(Rule::Early, &entry.client, detail);
            }
            return told_to_wait(after, global, &standing);
        }
        let answer = match sent {
            Err((refusal, detail)) => {
                self.violate(Rule::Body, &entry.client, detail);
                Err(refusal)
            }
            Ok(sent) => {
                let (client, gateway) = (entry.client.clone(), entry.gateway.clone());
                let call =
                    Call { client, gateway, route, params, query: arrival.query, sent, at: arrival.at };
                self.perform(&call)
            }
        };
        written(answer, Some(&standing))
    }

    fn perform(&mut self, call: &Call) -> Result<Answer, Refusal> {
        match call.route {
            Route::Gateway
            | Route::GatewayBot
            | Route::CurrentUser
            | Route::CurrentApplication
            | Route::CreateDm => self.about(call),
            Route::GlobalCommands | Route::GuildCommands => self.list_commands(call),
            Route::SetGlobalCommands | Route::SetGuildCommands => self.set_commands(call),
            Route::AddGlobalCommand | Route::AddGuildCommand => self.add_command(call),
            Route::Callback => self.callback(call),
            Route::GetOriginal | Route::GetFollowup => self.get_reply(call),
            Route::EditOriginal | Route::EditFollowup => self.edit_reply(call),
            Route::DeleteOriginal | Route::DeleteFollowup => self.delete_reply(call),
            Route::CreateFollowup => self.create_followup(call),
            Route::GetChannel | Route::EditThread | Route::DeleteThread => self.one_channel(call),
            Route::ListMessages => self.list_messages(call),
            Route::CreateMessage => self.create_message(call),
            Route::GetMessage => self.get_message(call),
            Route::EditMessage => self.edit_message(call),
            Route::DeleteMessage => self.delete_message(call),
            Route::StartThreadFromMessage | Route::StartThread => self.start_thread(call),
            Route::JoinThread | Route::Typing => self.reach(call).and_then(|_| Answer::nothing()),
            Route::ActiveThreads => self.active_threads(call),
        }
    }
}

fn told_to_wait(after: Duration, global: bool, standing: &Standing) -> Response {
    let body =
        json!({"message": "You are being rate limited.", "retry_after": seconds(after), "global": global});
    let status = StatusCode::TOO_MANY_REQUESTS;
    let mut response = (status, headers(Some(standing)), axum::Json(body)).into_response();
    // whole seconds, rounded up, as Discord's are
    set(response.headers_mut(), "retry-after", &after.as_secs_f64().ceil().to_string());
    set(response.headers_mut(), "x-ratelimit-scope", if global { "global" } else { "user" });
    if global {
        set(response.headers_mut(), "x-ratelimit-global", "true");
    }
    response
}

fn written(answer: Result<Answer, Refusal>, standing: Option<&Standing>) -> Response {
    let (status, body) = match answer {
        Ok(answer) => (answer.status, answer.body),
        Err(refusal) => (refusal.status, Some(refusal.body())),
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match body {
        Some(body) => (status, headers(standing), axum::Json(body)).into_response(),
        None => (status, headers(standing)).into_response(),
    }
}

/// <https://discord.com/developers/docs/topics/rate-limits#header-format>
fn headers(standing: Option<&Standing>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let Some(standing) = standing else { return headers };
    let wall = jiff::Timestamp::now().as_duration().as_secs_f64();
    set(&mut headers, "x-ratelimit-bucket", standing.bucket);
    set(&mut headers, "x-ratelimit-limit", &standing.limit.to_string());
    set(&mut headers, "x-ratelimit-remaining", &standing.remaining.to_string());
    set(&mut headers, "x-ratelimit-reset-after", &format!("{:.3}", standing.reset_after.as_secs_f64()));
    set(&mut headers, "x-ratelimit-reset", &format!("{:.3}", wall + standing.reset_after.as_secs_f64()));
    headers
}

fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
