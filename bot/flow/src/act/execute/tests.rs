pub(in crate::act) mod dead;
pub(in crate::act) mod fakes;
mod finalizer;
mod once;
mod refused;
mod rules;
mod ticket;
