mod dead;
mod fakes;
mod once;
mod refused;
mod rules;
