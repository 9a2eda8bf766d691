//! A commit comes from a remote.
//!
//! libostree moves `REMOTE:REF` when it pulls. A plan may not: only a stage that succeeds moves
//! it. So what is pulled is kept under a ref of regraft's own, `regraft.REMOTE:REF`, a cache entry
//! that a retry finds complete.

use crate::commit::checksum::Checksum;
use crate::error::{Error, Result};
use crate::job::{Monitor, Phase, Unit};
use crate::sys::failpoint::{self, Point};

/// The remote name under which a pulled commit is kept until it is deployed.
pub(crate) fn incoming(remote: &str) -> String {
    format!("regraft.{remote}")
}

/// Splits `REMOTE:REF`; a local ref has no remote.
pub(crate) fn split(refspec: &str) -> (Option<&str>, &str) {
    match refspec.split_once(':') {
        Some((remote, name)) if !remote.is_empty() => (Some(remote), name),
        _ => (None, refspec),
    }
}

/// Pulls the newest commit of `REMOTE:REF` whole, its signature checked as the remote's
/// configuration says (`gpg-verify`, on by default), and returns its checksum.
///
/// Runs on a thread of the library's own that is in the machine's mount namespace, since libostree
/// uses GLib's thread pool here.
pub(crate) fn pull(
    repo: &ostree::Repo,
    remote: &str,
    name: &str,
    monitor: &Monitor,
) -> Result<Checksum> {
    monitor.begin(Phase::Pull, 0, Unit::Items)?;
    let kept_as = incoming(remote);
    forget(repo, &kept_as, name)?;
    failpoint::reach(Point::Pull)?;
    let options = glib::VariantDict::new(None);
    options.insert("refs", vec![name.to_owned()]);
    options.insert("override-remote-name", kept_as.as_str());
    options.insert("flags", 0i32);
    let options = options.end();
    let refspec = format!("{remote}:{name}");
    // A context of its own: libostree iterates the thread's default one, which on a host program's
    // thread would run that program's events.
    let context = glib::MainContext::new();
    let pulled = context.with_thread_default(|| {
        let progress = ostree::AsyncProgress::new();
        let listener = monitor.clone();
        progress.connect_changed(move |progress| {
            let fetched = progress.uint("fetched");
            let requested = progress.uint("requested");
            // A cancel reaches libostree through the cancellable.
            let _ = listener.reach_of(u64::from(fetched), u64::from(requested), "");
        });
        let pulled = repo.pull_with_options(
            remote,
            &options,
            Some(&progress),
            Some(monitor.cancellable()),
        );
        progress.finish();
        pulled
    });
    pulled
        .map_err(|error| Error::Engine {
            action: format!("start pulling {refspec}"),
            message: error.to_string(),
        })?
        .map_err(|error| refusal(repo, remote, &refspec, error))?;
    failpoint::reach(Point::Pulled)?;
    // Where the remote has nothing newer than what `REMOTE:REF` says, libostree sets no ref.
    for refspec in [format!("{kept_as}:{name}"), refspec] {
        let found = repo
            .resolve_rev(&refspec, true)
            .map_err(Error::engine(format!("resolve {refspec}")))?;
        if let Some(found) = found {
            return found.parse();
        }
    }
    Err(Error::Internal(format!(
        "{name} was pulled and is not there"
    )))
}

/// An earlier pull's ref would hide that there is nothing newer than what is deployed.
fn forget(repo: &ostree::Repo, kept_as: &str, name: &str) -> Result<()> {
    let kept = format!("{kept_as}:{name}");
    let there = repo
        .resolve_rev(&kept, true)
        .map_err(Error::engine(format!("resolve {kept}")))?;
    match there {
        Some(_) => repo
            .set_ref_immediate(Some(kept_as), name, None, gio::Cancellable::NONE)
            .map_err(Error::engine(format!("remove the ref {kept}"))),
        None => Ok(()),
    }
}

/// libostree's refusals that have kinds of their own.
fn refusal(repo: &ostree::Repo, remote: &str, refspec: &str, error: glib::Error) -> Error {
    let message = error.message().to_owned();
    if error.matches(gio::IOErrorEnum::Cancelled) {
        return Error::Cancelled;
    }
    let lower = message.to_lowercase();
    if lower.contains("gpg") || lower.contains("signature") {
        return Error::Signature {
            object: format!("the commit of {refspec}"),
            reason: message,
            remedy: format!(
                "import the key of the remote {remote} with `ostree remote gpg-import`, or follow \
                 another remote"
            ),
        };
    }
    let url = repo
        .remote_get_url(remote)
        .map_or_else(|_| remote.to_owned(), |url| url.to_string());
    if lower.contains("no such remote") || lower.contains(&format!("remote \"{remote}\" not found"))
    {
        return Error::NotFound {
            what: "remote",
            name: remote.to_owned(),
            remedy: "add it with `ostree remote add`".to_owned(),
        };
    }
    if lower.contains("no such branch") || lower.contains("no such ref") {
        return Error::NotFound {
            what: "ref",
            name: refspec.to_owned(),
            remedy: format!("`ostree remote refs {remote}` lists what {url} has"),
        };
    }
    match error.kind::<gio::IOErrorEnum>() {
        Some(gio::IOErrorEnum::NoSpace | gio::IOErrorEnum::PermissionDenied) => {
            Error::engine(format!("pull {refspec}"))(error)
        }
        _ => Error::Network {
            url: format!("{url} ({refspec})"),
            reason: message,
        },
    }
}
