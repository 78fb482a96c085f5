mod dead;
mod fakes;
mod finalizer;
mod once;
mod refused;
mod rules;
