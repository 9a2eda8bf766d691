//! Composing a base.

use crate::failure::guard;
use crate::handle::Turn;
use crate::job::Job;
use crate::treefile::Treefile;
use crate::values::all;
use crate::values::bridge::Failure;
use engine::Signature;

#[cxx::bridge(namespace = "regraft::bridge")]
mod bridge {
    #[derive(Default)]
    struct Composed {
        reference: String,
        checksum: String,
        version: Text,
        packages: Vec<Nevra>,
        scripts: Vec<ScriptLog>,
        unchanged: bool,
        text: String,
        json: String,
    }

    unsafe extern "C++" {
        include!("regraft/src/values.rs.h");
        include!("regraft/src/job.rs.h");
        include!("regraft/src/treefile.rs.h");

        type Failure = crate::values::bridge::Failure;
        type Job = crate::job::Job;
        type Nevra = crate::values::bridge::Nevra;
        type ScriptLog = crate::values::bridge::ScriptLog;
        type Text = crate::values::bridge::Text;
        type Treefile = crate::treefile::Treefile;
    }

    extern "Rust" {
        type Compose;

        fn compose_new(treefile: &Treefile, target: &str, failure: &mut Failure) -> Box<Compose>;
        fn compose_cache(compose: &Compose, folder: &str, failure: &mut Failure);
        fn compose_repos_dir(compose: &Compose, folder: &str, failure: &mut Failure);
        /// An empty `home` is GnuPG's usual folder.
        fn compose_sign(compose: &Compose, key: &str, home: &str, failure: &mut Failure);
        fn compose_signatures(compose: &Compose, required: bool, failure: &mut Failure);
        fn compose_force(compose: &Compose, failure: &mut Failure);
        fn compose_run(compose: &Compose, job: &Job, failure: &mut Failure) -> Composed;
    }
}

use bridge::Composed;

/// A compose: one call at a time.
type Compose = Turn<engine::Compose>;

fn compose_new(treefile: &Treefile, target: &str, failure: &mut Failure) -> Box<Compose> {
    guard(failure, || {
        let treefile = treefile.get()?.clone();
        Ok(Turn::new(engine::Compose::new(treefile, target)))
    })
}

/// Records a wish.
fn record(
    compose: &Compose,
    failure: &mut Failure,
    wish: impl FnOnce(&mut engine::Compose) -> &mut engine::Compose,
) {
    guard(failure, || {
        compose.write(|compose| {
            let _ = wish(compose);
            Ok(())
        })
    });
}

fn compose_cache(compose: &Compose, folder: &str, failure: &mut Failure) {
    record(compose, failure, |compose| compose.cache(folder));
}

fn compose_repos_dir(compose: &Compose, folder: &str, failure: &mut Failure) {
    record(compose, failure, |compose| compose.repos_dir(folder));
}

fn compose_sign(compose: &Compose, key: &str, home: &str, failure: &mut Failure) {
    let home = (!home.is_empty()).then(|| camino::Utf8Path::new(home));
    record(compose, failure, |compose| compose.sign(key, home));
}

fn compose_signatures(compose: &Compose, required: bool, failure: &mut Failure) {
    let signature = match required {
        true => Signature::Required,
        false => Signature::NotRequired,
    };
    record(compose, failure, |compose| compose.signatures(signature));
}

fn compose_force(compose: &Compose, failure: &mut Failure) {
    record(compose, failure, engine::Compose::force);
}

fn compose_run(compose: &Compose, job: &Job, failure: &mut Failure) -> Composed {
    guard(failure, || {
        compose.write(|compose| {
            let composed = job.write(|job| Ok(compose.run(job)?))?;
            Ok(Composed {
                text: composed.to_string(),
                json: composed.to_json().to_string(),
                packages: all(&composed.packages),
                scripts: all(&composed.scripts),
                reference: composed.reference,
                checksum: composed.checksum,
                version: composed.version.into(),
                unchanged: composed.unchanged,
            })
        })
    })
}
