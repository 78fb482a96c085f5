mod fakes;
mod finalizer;
mod once;
mod refused;
