//! podwhy from outside: recordings, the command line, the schemas, and the invariants of ARCHITECTURE.md.

mod recordings;
