mod fakes;
mod once;
mod refused;
