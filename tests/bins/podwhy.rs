//! `podwhy`, built with what the tests are built with: nothing is compiled a second time.

use std::process::ExitCode;

fn main() -> ExitCode {
    podwhy::cli::main()
}
