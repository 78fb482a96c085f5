mod fakes;
mod forged;
mod journal;
mod killed;
mod obeyed;
mod rotated;
