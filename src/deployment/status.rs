//! The state of a sysroot as one JSON document, with rpm-ostree's names.

use crate::deployment::Deployment;
use crate::nevra::Nevra;
use serde_json::{Map, Value, json};

/// All deployments at one moment.
#[derive(Debug, Clone)]
pub struct Status {
    deployments: Vec<Deployment>,
    interrupted: Option<Interrupted>,
}

/// A call that was killed, or lost its power, before it had ended. The system is what it was before
/// or, where the boot entries were written already, what the call was to make of it; the next call
/// that changes the sysroot removes what is left, and so does
/// [`Sysroot::recover`](crate::Sysroot::recover).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interrupted {
    pub(crate) program: Option<String>,
    pub(crate) left: Vec<String>,
}

impl Interrupted {
    /// The program that made it, where it has left its name: `PROGRAM (pid N, started
    /// YYYY-MM-DD HH:MM:SS UTC)`.
    pub fn program(&self) -> Option<&str> {
        self.program.as_deref()
    }

    /// What is left of it: paths, and refs as `the ref NAME`.
    pub fn left(&self) -> &[String] {
        &self.left
    }
}

impl Status {
    pub(crate) fn new(deployments: Vec<Deployment>, interrupted: Option<Interrupted>) -> Status {
        Status {
            deployments,
            interrupted,
        }
    }

    /// A call that was interrupted and of which something is left.
    pub fn interrupted(&self) -> Option<&Interrupted> {
        self.interrupted.as_ref()
    }

    /// The deployments, first the one that boots next.
    pub fn deployments(&self) -> &[Deployment] {
        &self.deployments
    }

    /// The document that `rpm-ostree status --json` prints, with the same field names, and
    /// `interrupted`: null, or `program` and `left` of the call that was interrupted.
    pub fn to_json(&self) -> Value {
        let deployments: Vec<Value> = self.deployments.iter().map(deployment).collect();
        let interrupted = self.interrupted.as_ref();
        json!({
            "interrupted": interrupted.map(|one| json!({
                "program": one.program,
                "left": one.left,
            })),
            "deployments": deployments,
            "transaction": null,
            "cached-update": null,
            "update-driver": null,
        })
    }
}

fn deployment(deployment: &Deployment) -> Value {
    let d = deployment;
    let layered = &d.commit.layered;
    let names = |list: Vec<(String, Nevra)>| -> Vec<String> {
        list.into_iter()
            .map(|(_, nevra)| nevra.to_string())
            .collect()
    };
    let mut object = Map::new();
    let mut put = |key: &str, value: Value| drop(object.insert(key.to_owned(), value));
    put("id", d.id().into());
    put("osname", d.stateroot.as_str().into());
    put("serial", d.serial.into());
    put("checksum", d.checksum.as_str().into());
    put(
        "version",
        d.commit.version.clone().map_or(Value::Null, Value::from),
    );
    put("timestamp", d.commit.timestamp.into());
    put("booted", d.booted.into());
    put("staged", d.staged.into());
    put("pinned", d.pinned.into());
    put("unlocked", d.unlocked.as_str().into());
    if d.staged {
        put("finalization-locked", d.locked.into());
    }
    put("gpg-enabled", d.gpg_enabled.into());
    match (d.origin.container_image_reference(), d.origin.refspec()) {
        (Some(image), _) => put("container-image-reference", image.into()),
        (None, Some(refspec)) => put("origin", refspec.into()),
        (None, None) => {}
    }
    if let Some((url, description)) = d.origin.custom() {
        put("custom-origin", json!([url, description.unwrap_or("")]));
    }
    put("packages", json!(layered.packages));
    put("requested-packages", json!(d.origin.requested()));
    put(
        "requested-local-packages",
        json!(names(d.origin.requested_local())),
    );
    put(
        "requested-local-fileoverride-packages",
        json!(names(d.origin.requested_local_fileoverride())),
    );
    put(
        "requested-base-removals",
        json!(d.origin.overrides_remove()),
    );
    put(
        "requested-base-local-replacements",
        json!(names(d.origin.overrides_replace_local())),
    );
    let removals: Vec<Value> = layered.removed.iter().map(nevra_value).collect();
    put("base-removals", removals.into());
    let replaced: Vec<Value> = layered
        .replaced
        .iter()
        .map(|(new, old)| json!([nevra_value(new), nevra_value(old)]))
        .collect();
    put("base-local-replacements", replaced.into());
    put("base-remote-replacements", layered.replaced_remote.clone());
    put(
        "regenerate-initramfs",
        d.origin.regenerate_initramfs().into(),
    );
    let arguments = d.origin.initramfs_args();
    if !arguments.is_empty() {
        put("initramfs-args", json!(arguments));
    }
    let files = d.origin.initramfs_etc();
    if !files.is_empty() {
        put("initramfs-etc", json!(files));
    }
    let base = d.base_facts().unwrap_or(&d.commit);
    put("base-commit-meta", base.metadata.clone().into());
    if d.is_layered() {
        put("base-checksum", base.checksum.as_str().into());
        if let Some(version) = &base.version {
            put("base-version", version.as_str().into());
        }
        put("base-timestamp", base.timestamp.into());
        put("layered-commit-meta", d.commit.metadata.clone().into());
    }
    object.retain(|_, value| !value.is_null());
    Value::Object(object)
}

/// `(sstsss)`: a package in rpm-ostree's way.
fn nevra_value(nevra: &Nevra) -> Value {
    json!([
        nevra.to_string(),
        nevra.name,
        nevra.evr.epoch,
        nevra.evr.version,
        nevra.evr.release,
        nevra.arch
    ])
}
