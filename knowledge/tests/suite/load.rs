//! Case files: a header, then ordinary Kubernetes objects; or one change to another case.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use podwhy_knowledge::resolve::resolve;
use podwhy_knowledge::{Snapshot, Target, World};
use serde::Deserialize;
use serde_json::Value;

/// What a case expects of the first finding.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    pub cause: String,
    pub confidence: Option<String>,
    pub container: Option<String>,
    pub blame: Option<String>,
    /// The cause of the second finding: what stands inside a wrapper.
    pub next: Option<String>,
    /// A cause that is only ever the second half of an answer: its own cases find it beside the first.
    pub beside: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    target: Option<String>,
    base: Option<String>,
    change: Option<Change>,
    expect: Expect,
}

/// The one thing in which a near miss differs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    object: String,
    path: String,
    value: Value,
}

/// A case, ready to be diagnosed.
#[derive(Clone, Debug)]
pub struct Case {
    /// `run/oom_killed/cases/typical.yaml`
    pub shown: String,
    /// The id of the cause whose folder it stands in.
    pub cause: String,
    pub near_miss: bool,
    pub target: String,
    pub expect: Expect,
    pub objects: Vec<Value>,
}

pub fn causes_folder() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    // the whole project's tests read the same cases
    [here.join("src/causes"), here.join("../knowledge/src/causes")]
        .into_iter()
        .find(|folder| folder.is_dir())
        .expect("the causes' folder")
}

pub fn documents(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_multiple_with_options(&text, options)
        .unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

static CASES: LazyLock<Vec<Case>> = LazyLock::new(read_cases);

/// The same, not copied: there are hundreds.
pub fn all_cases() -> &'static [Case] {
    &CASES
}

/// Every case of every cause, in order of the files' names.
pub fn cases() -> Vec<Case> {
    CASES.clone()
}

fn read_cases() -> Vec<Case> {
    let mut found = Vec::new();
    let root = causes_folder();
    for stage in entries(&root).into_iter().filter(|p| p.is_dir()) {
        for cause in entries(&stage).into_iter().filter(|p| p.is_dir()) {
            for file in entries(&cause.join("cases")) {
                found.push(case(&root, &cause, &file));
            }
        }
    }
    found
}

pub fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap_or_else(|e| panic!("{}: {e}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    entries
}

pub fn name_of(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

fn case(root: &Path, cause: &Path, file: &Path) -> Case {
    let shown = file.strip_prefix(root).unwrap().display().to_string();
    let mut documents = documents(file);
    let header: Header =
        serde_json::from_value(documents.remove(0)).unwrap_or_else(|e| panic!("{shown}: header: {e}"));
    let (target, objects) = match (&header.base, header.target) {
        (Some(base), None) => {
            let (target, mut objects) = base_of(cause, base);
            let change = header.change.clone().unwrap_or_else(|| panic!("{shown}: a base without a change"));
            apply(&shown, &mut objects, &change);
            (target, objects)
        }
        (None, Some(target)) => (target, documents),
        _ => panic!("{shown}: needs either a target or a base"),
    };
    Case {
        cause: name_of(cause).replace('_', "-"),
        near_miss: name_of(file).starts_with("near_miss"),
        target,
        expect: header.expect,
        objects,
        shown,
    }
}

fn base_of(cause: &Path, base: &str) -> (String, Vec<Value>) {
    let mut documents = documents(&cause.join("cases").join(base));
    let header: Header = serde_json::from_value(documents.remove(0)).unwrap();
    (header.target.expect("the base is a case of its own"), documents)
}

fn apply(shown: &str, objects: &mut Vec<Value>, change: &Change) {
    let (kind, name) =
        change.object.split_once('/').unwrap_or_else(|| panic!("{shown}: object is Kind/name"));
    let index = objects
        .iter()
        .position(|o| o["kind"] == kind && o["metadata"]["name"] == name)
        .unwrap_or_else(|| panic!("{shown}: no {}", change.object));
    if change.path.is_empty() {
        objects.remove(index);
        return;
    }
    let (parent, key) =
        change.path.rsplit_once('/').unwrap_or_else(|| panic!("{shown}: path is a JSON pointer"));
    let key = key.replace("~1", "/").replace("~0", "~");
    let before = objects[index].clone();
    let parent = objects[index].pointer_mut(parent).unwrap_or_else(|| panic!("{shown}: no {}", change.path));
    match (parent, &change.value) {
        (Value::Object(map), Value::Null) => {
            map.remove(&key);
        }
        (Value::Object(map), value) => {
            map.insert(key, value.clone());
        }
        (Value::Array(items), Value::Null) => {
            items.remove(key.parse().unwrap());
        }
        (Value::Array(items), value) => items[key.parse::<usize>().unwrap()] = value.clone(),
        _ => panic!("{shown}: {} is neither a field nor an item", change.path),
    }
    assert_ne!(before, objects[index], "{shown}: the change changes nothing");
}

impl Case {
    /// The world of the case.
    pub fn world(&self) -> Arc<World> {
        let mut world = World::default();
        for object in &self.objects {
            if object["kind"] == "ContainerLog" {
                add_log(&mut world, object);
            } else {
                world.add(object.clone()).unwrap_or_else(|e| panic!("{}: {e}", self.shown));
            }
        }
        world.finish(None);
        Arc::new(world)
    }

    /// What the case asks about.
    pub fn snapshot(&self) -> Snapshot {
        let target: Target = self.target.parse().unwrap_or_else(|e| panic!("{}: {e}", self.shown));
        resolve(&self.world(), &target, None).unwrap_or_else(|e| panic!("{}: {e}", self.shown))
    }
}

fn add_log(world: &mut World, log: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    let key = (text(&log["metadata"]["namespace"]), text(&log["metadata"]["name"]), text(&log["container"]));
    let entry = world.logs.entry(key).or_default();
    entry.previous = log["previous"].as_str().map(Into::into);
    entry.current = log["current"].as_str().map(Into::into);
}
