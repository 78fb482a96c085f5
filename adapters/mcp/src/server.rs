//! The protocol, by the official SDK: what is listed, and who answers a call.

use podwhy_flow::show::text::{head, line};
use podwhy_knowledge::redact::redact;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ErrorData, Implementation, JsonObject,
    ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig,
};
use rmcp::service::{QuitReason, RequestContext, ServerInitializeError};
use rmcp::{RoleServer, ServerHandler, ServiceExt};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::answering::{Answering, Refused};
use crate::asked::{question, spoken};
use crate::source::{Clusters, Options, Source};
use crate::tools::{INSTRUCTIONS, ToolName};
use crate::{stdio, told};

/// Of what a client sent, at most so many units are told back.
const MOST_ECHOED: usize = 200;

/// Why serving ended before the input did.
#[derive(Debug, Error)]
pub enum ServeError {
    /// Standard input cannot be read.
    #[error("standard input cannot be read: {0}")]
    NoInput(#[source] std::io::Error),
    /// Whoever is at the other end does not speak MCP.
    #[error("this does not begin as MCP does: {0}")]
    Beginning(String),
    /// The protocol's own task broke: a fault.
    #[error("the connection broke: {0}")]
    Broken(String),
}

/// Answers on standard input and output until the input ends. From then on this process has no other standard input: see `stdio`.
///
/// # Errors
/// [`ServeError`]; an input that ends is none.
pub async fn serve_stdio<C: Clusters>(options: Options, source: Source<C>) -> Result<(), ServeError> {
    let input = stdio::input().map_err(ServeError::NoInput)?;
    serve(options, source, input, tokio::io::stdout()).await
}

/// Answers what is read, one JSON-RPC message a line, until there is no more. Questions that are under way then have five seconds.
///
/// # Errors
/// [`ServeError`]; an input that ends is none.
pub async fn serve<C, R, W>(options: Options, source: Source<C>, read: R, write: W) -> Result<(), ServeError>
where
    C: Clusters,
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    let server = Server { answering: Answering::new(options, source) };
    let running = match server.serve((read, write)).await {
        Ok(running) => running,
        Err(ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
        Err(error) => return Err(ServeError::Beginning(echoed(&error.to_string()))),
    };
    match running.waiting().await {
        Ok(QuitReason::JoinError(error)) | Err(error) => Err(ServeError::Broken(error.to_string())),
        Ok(_) => Ok(()),
    }
}

struct Server<C> {
    answering: Answering<C>,
}

impl<C: Clusters> Server<C> {
    async fn call(&self, tool: ToolName, arguments: JsonObject) -> CallToolResult {
        let lang = spoken(&arguments, self.answering.lang());
        let asked = question(tool, arguments, lang).map_err(|error| Refused(error.told(lang)));
        let answer = match asked {
            Ok(question) => self.answering.answer(question).await,
            Err(refused) => Err(refused),
        };
        let told = answer.and_then(|answer| {
            told::answer(answer, lang).map_err(|error| self.answering.fault(&error.to_string(), lang))
        });
        told.unwrap_or_else(|Refused(why)| told::refusal(&why))
    }
}

impl<C: Clusters> ServerHandler for Server<C> {
    fn get_info(&self) -> ServerConfig {
        let mut config = ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_instructions(INSTRUCTIONS);
        config.server_info = Implementation::new("podwhy", env!("CARGO_PKG_VERSION"));
        config
    }

    async fn list_tools(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(ToolName::ALL.map(ToolName::described).to_vec()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(tool) = ToolName::of_name(&request.name) else {
            let known = ToolName::ALL.map(ToolName::as_str).join(", ");
            let message = format!("unknown tool {:?}; there are {known}", echoed(&request.name));
            return Err(ErrorData::invalid_params(message, None));
        };
        tokio::select! {
            biased;
            // the client waits no more, and the SDK sends it nothing
            () = context.ct.cancelled() => Ok(told::refusal("cancelled").into()),
            result = self.call(tool, request.arguments.unwrap_or_default()) => Ok(result.into()),
        }
    }
}

fn echoed(sent: &str) -> String {
    head(&line(&redact(sent)), MOST_ECHOED).to_string()
}
