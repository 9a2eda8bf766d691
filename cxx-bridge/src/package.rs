//! Package files, and the keys that may have signed them.

use crate::failure::{Refusal, guard};
use crate::handle::{Held, Turn};
use crate::values::all;
use crate::values::bridge::{Dependency, Failure};
use engine::Signature;
use std::time::UNIX_EPOCH;

#[cxx::bridge(namespace = "regraft::bridge")]
mod bridge {
    /// A list of dependencies.
    #[repr(u8)]
    enum Lists {
        Provides,
        Requires,
        Conflicts,
        Obsoletes,
        Recommends,
        Suggests,
        Supplements,
        Enhances,
    }

    #[derive(Default)]
    struct PackageFile {
        path: String,
        mode: u32,
        size: u64,
        user: String,
        group: String,
        digest: String,
        link_target: String,
        flags: u32,
        mtime: u64,
        capabilities: String,
        language: String,
        device: u64,
        inode: u64,
        rdev: u64,
        color: u32,
    }

    #[derive(Default)]
    struct ChangelogEntry {
        time: u64,
        author: String,
        text: String,
    }

    #[derive(Default)]
    struct PackageFacts {
        nevra: Nevra,
        summary: String,
        description: String,
        license: String,
        url: String,
        vendor: String,
        packager: String,
        group: String,
        source_rpm: String,
        build_host: String,
        build_time: u64,
        installed_size: u64,
        payload_size: u64,
        is_source: bool,
    }

    #[derive(Default)]
    struct VerifiedDigest {
        covers: String,
        algorithm: String,
    }

    #[derive(Default)]
    struct Verification {
        digests: Vec<VerifiedDigest>,
        has_signer: bool,
        fingerprint: String,
        user_id: String,
        keyring_name: String,
        has_time: bool,
        time: u64,
        notes: Vec<String>,
        text: String,
        json: String,
    }

    unsafe extern "C++" {
        include!("regraft/src/values.rs.h");

        type Dependency = crate::values::bridge::Dependency;
        type Failure = crate::values::bridge::Failure;
        type Nevra = crate::values::bridge::Nevra;
    }

    extern "Rust" {
        type Keyring;
        type Package;

        fn package_open(path: &str, failure: &mut Failure) -> Box<Package>;
        fn package_facts(package: &Package, failure: &mut Failure) -> PackageFacts;
        fn package_json(package: &Package, failure: &mut Failure) -> String;
        fn package_files(package: &Package, failure: &mut Failure) -> Vec<PackageFile>;
        fn package_changelog(package: &Package, failure: &mut Failure) -> Vec<ChangelogEntry>;
        fn package_dependencies(
            package: &Package,
            list: Lists,
            failure: &mut Failure,
        ) -> Vec<Dependency>;
        fn package_verify(
            package: &Package,
            keyring: &Keyring,
            required: bool,
            failure: &mut Failure,
        ) -> Verification;

        fn keyring_new(failure: &mut Failure) -> Box<Keyring>;
        fn keyring_clone(keyring: &Keyring, failure: &mut Failure) -> Box<Keyring>;
        fn keyring_is_empty(keyring: &Keyring, failure: &mut Failure) -> bool;
        fn keyring_add(keyring: &Keyring, bytes: &[u8], name: &str, failure: &mut Failure)
        -> usize;
        fn keyring_add_file(keyring: &Keyring, path: &str, failure: &mut Failure) -> usize;
        fn keyring_add_dir(keyring: &Keyring, path: &str, failure: &mut Failure) -> usize;
    }

    impl Vec<PackageFile> {}
}

use bridge::{ChangelogEntry, PackageFacts, Verification, VerifiedDigest};
pub(crate) use bridge::{Lists, PackageFile};

/// A package: any thread.
type Package = Held<engine::Package>;
/// A keyring: many readers or one writer.
type Keyring = Turn<engine::Keyring>;

fn package_open(path: &str, failure: &mut Failure) -> Box<Package> {
    guard(failure, || Ok(Held::new(engine::Package::open(path)?)))
}

fn package_facts(package: &Package, failure: &mut Failure) -> PackageFacts {
    guard(failure, || Ok(package.get()?.into()))
}

fn package_json(package: &Package, failure: &mut Failure) -> String {
    guard(failure, || Ok(package.get()?.to_json()?.to_string()))
}

fn package_files(package: &Package, failure: &mut Failure) -> Vec<PackageFile> {
    guard(failure, || Ok(all(&package.get()?.files()?)))
}

fn package_changelog(package: &Package, failure: &mut Failure) -> Vec<ChangelogEntry> {
    guard(failure, || {
        let entries = package.get()?.changelog().into_iter();
        let entries = entries.map(|entry| ChangelogEntry {
            time: entry.time,
            author: entry.author,
            text: entry.text,
        });
        Ok(entries.collect())
    })
}

fn package_dependencies(package: &Package, list: Lists, failure: &mut Failure) -> Vec<Dependency> {
    guard(failure, || {
        let package = package.get()?;
        let found = match list {
            Lists::Provides => package.provides(),
            Lists::Requires => package.requires(),
            Lists::Conflicts => package.conflicts(),
            Lists::Obsoletes => package.obsoletes(),
            Lists::Recommends => package.recommends(),
            Lists::Suggests => package.suggests(),
            Lists::Supplements => package.supplements(),
            Lists::Enhances => package.enhances(),
            other => return Err(Refusal::BadEnum("a list", other.repr)),
        };
        Ok(all(&found))
    })
}

fn package_verify(
    package: &Package,
    keyring: &Keyring,
    required: bool,
    failure: &mut Failure,
) -> Verification {
    guard(failure, || {
        let required = match required {
            true => Signature::Required,
            false => Signature::NotRequired,
        };
        let package = package.get()?;
        let found = keyring.read(|keyring| Ok(package.verify(keyring, required)?))?;
        Ok(Verification::from(&found))
    })
}

fn keyring_new(failure: &mut Failure) -> Box<Keyring> {
    guard(failure, || Ok(Turn::new(engine::Keyring::new())))
}

fn keyring_clone(keyring: &Keyring, failure: &mut Failure) -> Box<Keyring> {
    guard(failure, || {
        keyring.read(|keyring| Ok(Turn::new(keyring.clone())))
    })
}

fn keyring_is_empty(keyring: &Keyring, failure: &mut Failure) -> bool {
    guard(failure, || keyring.read(|keyring| Ok(keyring.is_empty())))
}

fn keyring_add(keyring: &Keyring, bytes: &[u8], name: &str, failure: &mut Failure) -> usize {
    guard(failure, || {
        keyring.write(|keyring| Ok(keyring.add(bytes, name)?))
    })
}

fn keyring_add_file(keyring: &Keyring, path: &str, failure: &mut Failure) -> usize {
    guard(failure, || {
        keyring.write(|keyring| Ok(keyring.add_file(path)?))
    })
}

fn keyring_add_dir(keyring: &Keyring, path: &str, failure: &mut Failure) -> usize {
    guard(failure, || {
        keyring.write(|keyring| Ok(keyring.add_dir(path)?))
    })
}

impl From<&engine::Package> for PackageFacts {
    fn from(package: &engine::Package) -> PackageFacts {
        PackageFacts {
            nevra: package.nevra().into(),
            summary: package.summary(),
            description: package.description(),
            license: package.license(),
            url: package.url(),
            vendor: package.vendor(),
            packager: package.packager(),
            group: package.group(),
            source_rpm: package.source_rpm(),
            build_host: package.build_host(),
            build_time: package.build_time(),
            installed_size: package.installed_size(),
            payload_size: package.payload_size(),
            is_source: package.is_source(),
        }
    }
}

impl From<&engine::PackageFile> for PackageFile {
    fn from(file: &engine::PackageFile) -> PackageFile {
        PackageFile {
            path: file.path.clone(),
            mode: file.mode,
            size: file.size,
            user: file.user.clone(),
            group: file.group.clone(),
            digest: file.digest.clone(),
            link_target: file.link_target.clone(),
            flags: file.flags,
            mtime: file.mtime,
            capabilities: file.capabilities.clone(),
            language: file.language.clone(),
            device: file.inode.0,
            inode: file.inode.1,
            rdev: file.rdev,
            color: file.color,
        }
    }
}

impl From<&engine::Verification> for Verification {
    fn from(found: &engine::Verification) -> Verification {
        let digests = found.digests().iter().map(|digest| VerifiedDigest {
            covers: digest.covers.to_owned(),
            algorithm: digest.algorithm.to_owned(),
        });
        let text = |of: fn(&engine::Signer) -> &str| found.signer().map_or("", of).to_owned();
        let time = found.signer().and_then(|signer| signer.time());
        let time = time.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        Verification {
            digests: digests.collect(),
            has_signer: found.signer().is_some(),
            fingerprint: text(engine::Signer::fingerprint),
            user_id: text(engine::Signer::user_id),
            keyring_name: text(engine::Signer::keyring_name),
            has_time: time.is_some(),
            time: time.map_or(0, |time| time.as_secs()),
            notes: found.notes().to_vec(),
            text: found.to_string(),
            json: found.to_json().to_string(),
        }
    }
}
