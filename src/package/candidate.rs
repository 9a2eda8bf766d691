//! A header as the solver sees it.

use crate::dependency::Dependency;
use crate::error::Result;
use crate::nevra::Nevra;
use crate::package::header::Header;
use crate::package::tag;
use crate::sys::solv::Candidate;

/// rpm's bits for a requirement that the package's scriptlets have (`RPMSENSE_PREREQ`,
/// `RPMSENSE_SCRIPT_PRE`, `RPMSENSE_SCRIPT_POST`).
const BEFORE_SCRIPTS: u32 = 1 << 6 | 1 << 9 | 1 << 10;

/// The SHA-1 of an immutable header, which rpm-ostree's digest of a removed package uses.
const SHA1HEADER: tag::Tag = 269;

/// An installed package's header, or a local one's.
pub(crate) fn of(header: &Header, nevra: &Nevra) -> Result<Candidate> {
    let list = |tags| -> Vec<Dependency> {
        let dependencies = header.dependencies(tags).into_iter();
        dependencies.map(|(dependency, _)| dependency).collect()
    };
    let requires = header.dependencies(&tag::REQUIRES);
    let mut candidate = Candidate::new(nevra.clone());
    candidate.prerequires = requires
        .iter()
        .filter(|(_, flags)| flags & BEFORE_SCRIPTS != 0)
        .map(|(dependency, _)| dependency.clone())
        .collect();
    candidate.requires = requires
        .into_iter()
        .map(|(dependency, _)| dependency)
        .collect();
    candidate.vendor = header.string(tag::VENDOR);
    candidate.provides = list(&tag::PROVIDES);
    candidate.conflicts = list(&tag::CONFLICTS);
    candidate.obsoletes = list(&tag::OBSOLETES);
    candidate.recommends = list(&tag::RECOMMENDS);
    candidate.suggests = list(&tag::SUGGESTS);
    candidate.supplements = list(&tag::SUPPLEMENTS);
    candidate.enhances = list(&tag::ENHANCES);
    candidate.files = header.paths(&nevra.to_string())?;
    candidate.installed_size = header
        .number(tag::LONGSIZE)
        .or_else(|| header.number(tag::SIZE))
        .unwrap_or(0);
    candidate.build_time = header.number(tag::BUILDTIME).unwrap_or(0);
    candidate.header_sha1 = header.string(SHA1HEADER);
    Ok(candidate)
}
