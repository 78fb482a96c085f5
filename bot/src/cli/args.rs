//! What can be typed.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use clap_complete::ArgValueCompleter;
use jiff::Timestamp;

use super::complete;
use crate::clusters::Flags;

/// Why a pod is failing: the cause in plain words, the evidence, and what to do.
#[derive(Debug, Parser)]
#[command(name = "podwhy", version, max_term_width = 80, after_help = EXIT_CODES)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 nothing is wrong, 1 something fails or no known cause fits, 2 the question could not be answered.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Why does this pod or workload fail?
    Why {
        /// NAME, NAMESPACE/NAME, KIND/NAME or NAMESPACE/KIND/NAME; KIND is pod, deploy, rs, sts, ds, job, cronjob …
        #[arg(value_name = "TARGET", add = ArgValueCompleter::new(complete::targets))]
        target: String,
        /// The namespace of TARGET.
        #[arg(short = 'n', long, value_name = "NAMESPACE", add = ArgValueCompleter::new(complete::namespaces))]
        namespace: Option<String>,
        /// Ask again every few seconds and show the answer when it changes, until Ctrl-C.
        #[arg(long, conflicts_with = "from")]
        watch: bool,
        #[command(flatten)]
        source: Source,
        #[command(flatten)]
        answer: Answer,
    },
    /// Everything that fails, grouped by root cause.
    Triage {
        /// Only this namespace.
        #[arg(value_name = "NAMESPACE", add = ArgValueCompleter::new(complete::namespaces))]
        namespace: Option<String>,
        /// The same, as kubectl has it.
        #[arg(short = 'n', long = "namespace", value_name = "NAMESPACE")]
        flag: Option<String>,
        #[command(flatten)]
        source: Source,
        #[command(flatten)]
        answer: Answer,
    },
    /// Write what `why` would read of a live cluster to a folder for --from, without secrets.
    Dump {
        /// As for `why`.
        #[arg(value_name = "TARGET", add = ArgValueCompleter::new(complete::targets))]
        target: String,
        /// The namespace of TARGET.
        #[arg(short = 'n', long, value_name = "NAMESPACE", add = ArgValueCompleter::new(complete::namespaces))]
        namespace: Option<String>,
        /// The folder; a new or an empty one.
        #[arg(short = 'o', long = "output", value_name = "DIR")]
        output: PathBuf,
        #[command(flatten)]
        cluster: ClusterArgs,
    },
    /// Ask in a browser: a local web chat, on your clusters or on a simulated one.
    #[cfg(feature = "console")]
    Console {
        /// The port on 127.0.0.1; otherwise any that is free.
        #[arg(long, value_name = "PORT", default_value_t = 0, hide_default_value = true)]
        port: u16,
        /// Use a simulated cluster that holds one failing pod for every cause; the default when there is no kubeconfig.
        #[arg(long, conflicts_with_all = ["kubeconfig", "context"])]
        playground: bool,
        /// Print the link only, open no browser.
        #[arg(long)]
        no_open: bool,
        /// The language the page opens in; otherwise the configuration's, otherwise English.
        #[arg(long, value_enum)]
        lang: Option<LangArg>,
        #[command(flatten)]
        cluster: ClusterArgs,
    },
    /// Answer in Slack and Discord, as configured, until it is told to end.
    #[cfg(feature = "chat")]
    Serve {
        /// On a simulated cluster that holds one failing pod for every cause, to try a chat without a real one.
        #[arg(long, conflicts_with_all = ["kubeconfig", "context"])]
        playground: bool,
        #[command(flatten)]
        elsewhere: super::serve::Elsewhere,
        #[command(flatten)]
        cluster: ClusterArgs,
    },
    /// Look whether tokens, scopes, channels, and each cluster's rights and resources are what the configuration needs.
    #[cfg(feature = "chat")]
    Setup(super::setup::Setup),
    /// Answer an assistant that speaks MCP, on standard input and output: why, triage, explain, and nothing that writes.
    #[cfg(feature = "mcp")]
    Mcp {
        #[command(flatten)]
        source: Source,
    },
    /// Print what a chat app, or a cluster, has to be told of podwhy.
    #[cfg(feature = "chat")]
    Manifest {
        /// Who is told.
        #[command(subcommand)]
        app: super::manifest::App,
    },
    /// What can this event, status or log line mean?
    Explain {
        /// The text, or - to read it from standard input.
        #[arg(value_name = "TEXT|-", required = true, num_args = 1..)]
        text: Vec<String>,
        #[command(flatten)]
        answer: Answer,
    },
    /// What was offered to be done by a button, who agreed, and what came of it.
    Remediations(super::remediations::Asked),
    /// Check or describe the configuration.
    Config {
        /// What to do with it.
        #[command(subcommand)]
        command: super::config::ConfigCommand,
    },
    /// What this is, and of what it was built.
    Version {
        /// The form of the answer.
        #[arg(short = 'o', long, value_enum, default_value = "text")]
        output: Format,
    },
    /// Print what a shell reads to complete names, as in: source <(podwhy completion bash)
    Completion {
        /// The shell.
        #[arg(value_enum)]
        shell: super::paper::Shell,
        /// The command that completes, as it is typed.
        #[arg(long, value_name = "NAME", default_value = "podwhy")]
        name: String,
    },
    /// Print the manual page, or write it and those of the commands.
    Man {
        /// The folder to write them to.
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
    },
}

/// Where the cluster is read from.
#[derive(Debug, clap::Args)]
pub struct Source {
    /// A folder or file of `kubectl get -o yaml|json` or `kubectl cluster-info dump` output, logs beside it.
    #[arg(long, value_name = "PATH")]
    pub from: Option<String>,
    /// The time the dump speaks for, RFC 3339; otherwise the time of its newest object.
    #[arg(long, value_name = "TIME", requires = "from")]
    pub at: Option<Timestamp>,
    #[command(flatten)]
    pub cluster: ClusterArgs,
}

/// Which live cluster is asked.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct ClusterArgs {
    /// The configuration; otherwise $PODWHY_CONFIG, otherwise ~/.config/podwhy/config.toml if it exists.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The kubeconfig; otherwise KUBECONFIG, otherwise ~/.kube/config.
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// The kubeconfig's context; otherwise its current one.
    #[arg(long, value_name = "CONTEXT", add = ArgValueCompleter::new(complete::contexts))]
    pub context: Option<String>,
}

impl ClusterArgs {
    /// What the flags say of the cluster.
    pub fn flags(&self) -> Flags {
        Flags { kubeconfig: self.kubeconfig.clone(), context: self.context.clone() }
    }
}

/// How to answer.
#[derive(Debug, clap::Args)]
pub struct Answer {
    /// The language of the answer; otherwise the configuration's, otherwise English.
    #[arg(long, value_enum)]
    lang: Option<LangArg>,
    /// The form of the answer.
    #[arg(short = 'o', long, value_enum, default_value = "text")]
    output: Format,
}

impl Answer {
    /// The language, as the configuration writes it.
    pub fn flag(&self) -> Option<String> {
        self.lang.map(LangArg::word)
    }

    /// The form.
    pub fn format(&self) -> Format {
        self.output
    }
}

/// A language.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum LangArg {
    /// English
    En,
    /// 中文
    Zh,
}

impl LangArg {
    /// As the configuration writes it.
    pub fn word(self) -> String {
        match self {
            LangArg::En => "en".to_string(),
            LangArg::Zh => "zh".to_string(),
        }
    }
}

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs; its schema is committed.
    Json,
    /// The same as YAML.
    Yaml,
}
