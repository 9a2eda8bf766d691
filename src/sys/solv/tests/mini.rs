//! Packages and repositories made of a few words, for tests.

use crate::dependency::{Dependency, Sense};
use crate::sys::solv::{Candidate, Pool, RepositoryFiles};
use camino::Utf8Path;
use std::fmt::Write;

/// `NAME-EVR.ARCH`, then words: `requires:foo>=1`, `provides:`, `conflicts:`, `obsoletes:`,
/// `recommends:`, `supplements:`, `file:/path`; a `_` stands for a space.
pub(crate) fn package(text: &str) -> Candidate {
    let mut words = text.split_whitespace();
    let mut package = Candidate::new(words.next().unwrap().parse().unwrap());
    for word in words {
        let (kind, value) = word.split_once(':').unwrap();
        if kind == "file" {
            package.files.push(value.to_owned());
            continue;
        }
        let list = match kind {
            "requires" => &mut package.requires,
            "provides" => &mut package.provides,
            "conflicts" => &mut package.conflicts,
            "obsoletes" => &mut package.obsoletes,
            "recommends" => &mut package.recommends,
            "supplements" => &mut package.supplements,
            other => panic!("no dependency is called {other}"),
        };
        list.push(dependency(value));
    }
    package
}

fn dependency(text: &str) -> Dependency {
    let text = text.replace('_', " ");
    if text.starts_with('(') {
        return text.parse().unwrap();
    }
    for operator in ["<=", ">=", "<", ">", "="] {
        if let Some((name, version)) = text.split_once(operator) {
            return format!("{name} {operator} {version}").parse().unwrap();
        }
    }
    text.parse().unwrap()
}

/// Writes a repository's primary and filelists into `folder`, as createrepo_c does.
pub(crate) fn repository(folder: &Utf8Path, id: &str, packages: &[&str]) -> RepositoryFiles {
    let packages: Vec<Candidate> = packages.iter().map(|text| package(text)).collect();
    let primary = folder.join(format!("{id}-primary.xml"));
    let filelists = folder.join(format!("{id}-filelists.xml"));
    std::fs::write(&primary, primary_xml(&packages)).unwrap();
    std::fs::write(&filelists, filelists_xml(&packages)).unwrap();
    RepositoryFiles {
        filelists: Some(filelists),
        checksum: format!("{id}-1"),
        ..RepositoryFiles::new(id, primary)
    }
}

/// A pool with an installed set and one repository called `r`.
pub(crate) fn pool(installed: &[&str], available: &[&str]) -> Pool {
    let folder = tempfile::tempdir().unwrap();
    let folder = Utf8Path::from_path(folder.path()).unwrap();
    let mut pool = Pool::new("x86_64").unwrap();
    pool.set_installed(installed.iter().map(|text| package(text)))
        .unwrap();
    let mut files = repository(folder, "r", available);
    // The folder is gone before anyone could ask for the file lists.
    files.filelists = None;
    pool.add_repositories(&[files], None).unwrap();
    pool
}

fn checksum(package: &Candidate) -> String {
    let mut hex = String::new();
    for byte in package.nevra.to_string().bytes().cycle().take(32) {
        write!(hex, "{byte:02x}").unwrap();
    }
    hex
}

fn primary_xml(packages: &[Candidate]) -> String {
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <metadata xmlns=\"http://linux.duke.edu/metadata/common\" \
         xmlns:rpm=\"http://linux.duke.edu/metadata/rpm\" packages=\"{}\">\n",
        packages.len()
    );
    for package in packages {
        let evr = &package.nevra.evr;
        write!(
            xml,
            "<package type=\"rpm\"><name>{name}</name><arch>{arch}</arch>\
             <version epoch=\"{epoch}\" ver=\"{version}\" rel=\"{release}\"/>\
             <checksum type=\"sha256\" pkgid=\"YES\">{checksum}</checksum>\
             <summary>The {name} Package</summary><description>It is {name}.</description>\
             <url>https://example.org/{name}</url>\
             <time file=\"7\" build=\"6\"/><size package=\"100\" installed=\"200\" archive=\"300\"/>\
             <location href=\"Packages/{name}.rpm\"/>\
             <format><rpm:license>MIT</rpm:license><rpm:vendor>V</rpm:vendor>\
             <rpm:sourcerpm>{name}-src-{version}-{release}.src.rpm</rpm:sourcerpm>",
            name = package.nevra.name,
            arch = package.nevra.arch,
            epoch = evr.epoch,
            version = evr.version,
            release = evr.release,
            checksum = checksum(package),
        )
        .unwrap();
        let own: Dependency = format!("{} = {}", package.nevra.name, evr).parse().unwrap();
        let mut provides = package.provides.clone();
        provides.push(own);
        for (tag, list) in [
            ("provides", &provides),
            ("requires", &package.requires),
            ("conflicts", &package.conflicts),
            ("obsoletes", &package.obsoletes),
            ("recommends", &package.recommends),
            ("supplements", &package.supplements),
        ] {
            writeln!(xml, "<rpm:{tag}>{}</rpm:{tag}>", entries(list)).unwrap();
        }
        for file in package.files.iter().filter(|file| file.contains("bin/")) {
            writeln!(xml, "<file>{file}</file>").unwrap();
        }
        xml.push_str("</format></package>\n");
    }
    xml.push_str("</metadata>\n");
    xml
}

fn entries(list: &[Dependency]) -> String {
    let mut xml = String::new();
    for dependency in list {
        let name = dependency.name.replace('<', "&lt;").replace('>', "&gt;");
        write!(xml, "<rpm:entry name=\"{name}\"").unwrap();
        let flags = match dependency.sense.bits() {
            0x02 => "LT",
            0x04 => "GT",
            0x08 => "EQ",
            0x0a => "LE",
            0x0c => "GE",
            _ => "",
        };
        if dependency.sense != Sense::ANY {
            let (version, release) = dependency
                .version
                .rsplit_once('-')
                .unwrap_or((&dependency.version, ""));
            let (epoch, version) = version.split_once(':').unwrap_or(("0", version));
            write!(
                xml,
                " flags=\"{flags}\" epoch=\"{epoch}\" ver=\"{version}\""
            )
            .unwrap();
            if !release.is_empty() {
                write!(xml, " rel=\"{release}\"").unwrap();
            }
        }
        xml.push_str("/>");
    }
    xml
}

fn filelists_xml(packages: &[Candidate]) -> String {
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <filelists xmlns=\"http://linux.duke.edu/metadata/filelists\" packages=\"{}\">\n",
        packages.len()
    );
    for package in packages {
        let evr = &package.nevra.evr;
        writeln!(
            xml,
            "<package pkgid=\"{}\" name=\"{}\" arch=\"{}\">\
             <version epoch=\"{}\" ver=\"{}\" rel=\"{}\"/>",
            checksum(package),
            package.nevra.name,
            package.nevra.arch,
            evr.epoch,
            evr.version,
            evr.release
        )
        .unwrap();
        for file in &package.files {
            writeln!(xml, "<file>{file}</file>").unwrap();
        }
        xml.push_str("</package>\n");
    }
    xml.push_str("</filelists>\n");
    xml
}
