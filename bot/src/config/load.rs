//! Lays the sources over each other, checks them, and makes settings of them.

use std::path::PathBuf;

use ::config::{Config, Map, Source, Value, ValueKind};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::check::{check, missing};
use super::environment::{Environment, Flag, flags, process_environment, variables};
use super::error::ConfigError;
use super::problem::{Place, Problem};
use super::settings::Settings;
use super::shape::Shape;
use super::{file, report, rules, secret};

/// What the configuration is read from.
#[derive(Clone, Default)]
pub struct Inputs {
    /// The file that `--config` names.
    pub file: Option<PathBuf>,
    /// The environment's variables.
    pub environment: Environment,
    /// Values from the command line.
    pub flags: Vec<Flag>,
}

/// Without the variables: credentials are among them.
impl std::fmt::Debug for Inputs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inputs").field("file", &self.file).field("flags", &self.flags).finish_non_exhaustive()
    }
}

impl Inputs {
    /// This process's environment, and the file that `--config` names.
    pub fn of_process(file: Option<PathBuf>) -> Inputs {
        Inputs { file, environment: process_environment(), flags: Vec::new() }
    }

    /// With a value from the command line, if it was given.
    #[must_use]
    pub fn with_flag(mut self, flag: &'static str, key: &'static str, value: Option<String>) -> Inputs {
        self.flags.extend(value.map(|value| Flag { flag, key, value }));
        self
    }
}

/// The configuration, and where it came from.
#[derive(Clone, Debug)]
pub struct Loaded<T = Settings> {
    /// What to work with.
    pub settings: T,
    /// The file that was read, if any.
    pub file: Option<PathBuf>,
    /// The layers as one, each value with its origin.
    merged: Value,
}

/// Reads and checks the configuration. Nothing is connected to.
///
/// # Errors
/// [`ConfigError`]: the file cannot be read, or everything that is wrong with it, the variables and the flags.
pub fn load(inputs: &Inputs) -> Result<Loaded, ConfigError> {
    load_as(inputs, rules::check)
}

/// The same for any type, with the rules that hold between its keys.
pub(super) fn load_as<T>(
    inputs: &Inputs,
    rules: fn(&Value, &mut Vec<Problem>),
) -> Result<Loaded<T>, ConfigError>
where
    T: Default + Serialize + DeserializeOwned + JsonSchema,
{
    let shape = Shape::of::<T>();
    let mut problems = Vec::new();
    let mut builder = Config::builder().add_source(Config::try_from(&T::default())?);
    let read = file::read(inputs)?;
    let file = read.as_ref().map(|read| read.path.clone());
    if let Some(read) = read {
        builder = builder.add_source(Layer::checked(read.value.clone(), &shape, &mut problems));
        secret::refuse_plain(&read.value, &Place::root(""), &mut problems);
    }
    let layer = variables(&inputs.environment, &shape, &mut problems);
    builder = builder.add_source(Layer::checked(layer, &shape, &mut problems));
    let layer = flags(&inputs.flags, &shape, &mut problems);
    builder = builder.add_source(Layer::checked(layer, &shape, &mut problems));
    let merged = builder.build()?.cache;
    missing(&shape, &merged, &Place::root("configuration"), &mut problems);
    rules(&merged, &mut problems);
    if !problems.is_empty() {
        return Err(ConfigError::Problems(in_order(problems)));
    }
    Ok(Loaded { settings: merged.clone().try_deserialize()?, file, merged })
}

/// Unknown keys first, each problem once.
fn in_order(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort_by_key(|problem| problem.rank);
    let mut told: Vec<Problem> = Vec::new();
    for problem in problems {
        if !told.contains(&problem) {
            told.push(problem);
        }
    }
    told
}

/// One source of values for the crate `config`.
#[derive(Clone, Debug)]
struct Layer(Map<String, Value>);

impl Layer {
    /// Keeps the known keys: the crate reads others as paths, and `"a[9999999]"` would make a list of that length.
    fn checked(mut value: Value, shape: &Shape, problems: &mut Vec<Problem>) -> Layer {
        check(shape, &value, &Place::root(""), problems);
        secret::settle(shape, &mut value);
        let ValueKind::Table(mut map) = value.kind else { return Layer(Map::new()) };
        let known = shape.fields().unwrap_or_default();
        map.retain(|key, _| known.iter().any(|field| field.name == *key));
        Layer(map)
    }
}

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ::config::ConfigError> {
        Ok(self.0.clone())
    }
}

impl<T: Serialize + JsonSchema> Loaded<T> {
    /// The settings as TOML, each with where its value came from.
    ///
    /// # Errors
    /// [`ConfigError::Unchecked`] when the settings cannot be written.
    pub fn report(&self) -> Result<String, ConfigError> {
        // not the merged layers: the settings also hold the defaults of what stands in lists
        let effective =
            serde_json::to_value(&self.settings).map_err(|e| ConfigError::Unchecked(e.to_string()))?;
        Ok(report::report(&Shape::of::<T>(), &effective, &self.merged))
    }
}
