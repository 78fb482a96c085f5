//! `kubectl podwhy`: the same command, found by kubectl as a plugin.

use std::process::ExitCode;

fn main() -> ExitCode {
    podwhy::cli::main()
}
