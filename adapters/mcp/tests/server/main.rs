//! The server as a client sees it, over a cluster that says what no cluster should.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must stop")]

mod answers;
mod bounds;
mod cluster;
mod hostile;
mod raw;
mod refusals;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use cluster::Town;
use jsonschema::Validator;
use podwhy_knowledge::Lang;
use podwhy_mcp::{Clusters, Options, ServeError, Source};
use rmcp::model::{CallToolRequestParams, CallToolResult};
use rmcp::service::RunningService;
use rmcp::{RoleClient, ServiceExt};
use serde_json::Value;
use tokio::task::JoinHandle;

/// What was told of faults.
pub(crate) type Faults = Arc<Mutex<Vec<String>>>;

pub(crate) fn options(patience: Duration) -> (Options, Faults) {
    let faults = Faults::default();
    let told = Arc::clone(&faults);
    let on_fault = Arc::new(move |fault: &str| told.lock().unwrap().push(fault.to_string()));
    (Options { lang: Lang::En, patience, on_fault }, faults)
}

/// A client and the server it speaks to, in memory.
pub(crate) struct Talk {
    pub(crate) client: RunningService<RoleClient, ()>,
    pub(crate) served: JoinHandle<Result<(), ServeError>>,
    pub(crate) faults: Faults,
}

impl Talk {
    pub(crate) async fn of<C: Clusters>(source: Source<C>, patience: Duration) -> Talk {
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        let (read, write) = tokio::io::split(theirs);
        let (options, faults) = options(patience);
        let served = tokio::spawn(podwhy_mcp::serve(options, source, read, write));
        let client = ().serve(ours).await.unwrap();
        Talk { client, served, faults }
    }

    /// With a town.
    pub(crate) async fn live(town: &Town) -> Talk {
        Talk::of(Source::Live(town.clone()), Duration::from_secs(20)).await
    }

    pub(crate) async fn call(&self, tool: &'static str, arguments: Value) -> CallToolResult {
        self.client.call_tool(called(tool, arguments)).await.unwrap()
    }

    /// The server ends when its client goes.
    pub(crate) async fn end(self) {
        self.client.cancel().await.unwrap();
        self.served.await.unwrap().unwrap();
    }
}

pub(crate) fn called(tool: &'static str, arguments: Value) -> CallToolRequestParams {
    let Value::Object(arguments) = arguments else { panic!("{arguments} is no object") };
    CallToolRequestParams::new(tool).with_arguments(arguments)
}

/// The text of a result.
pub(crate) fn text(result: &CallToolResult) -> &str {
    let [content] = result.content.as_slice() else { panic!("{result:?}") };
    &content.as_text().unwrap().text
}

/// The structured content, which is valid.
pub(crate) fn valid(result: &CallToolResult, schema: &str) -> Value {
    assert_eq!(result.is_error, Some(false), "{result:?}");
    let content = result.structured_content.clone().unwrap();
    let errors: Vec<String> =
        validator(schema).iter_errors(&content).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    content
}

/// Of a committed schema.
pub(crate) fn committed(name: &str) -> Value {
    let path = format!("{}/../../bot/flow/schema/{name}.schema.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn validator(name: &str) -> Validator {
    jsonschema::validator_for(&committed(name)).unwrap()
}
