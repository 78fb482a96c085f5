//! `podwhy`

use std::process::ExitCode;

fn main() -> ExitCode {
    podwhy::cli::main()
}
