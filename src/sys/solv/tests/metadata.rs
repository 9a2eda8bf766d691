//! Repositories: what is read, what is refused, and the cache.

use super::mini;
use crate::dependency::Dependency;
use crate::error::{Error, ErrorKind};
use crate::sys::solv::{PackageId, Pool, RepositoryFiles};
use camino::{Utf8Path, Utf8PathBuf};

const PACKAGES: [&str; 3] = [
    "foo-1:2-3.x86_64 requires:libbar.so.1 provides:cap=4 file:/usr/bin/foo file:/usr/share/foo/x",
    "bar-1-1.noarch provides:libbar.so.1",
    "bar-2-1.noarch provides:libbar.so.1 obsoletes:old<3",
];

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Utf8Path {
        Utf8Path::from_path(self.0.path()).unwrap()
    }
}

fn load(files: &RepositoryFiles, cache: Option<&Utf8Path>) -> Result<Pool, Error> {
    let mut pool = Pool::new("x86_64").unwrap();
    pool.add_repository(files, cache)?;
    Ok(pool)
}

fn all(pool: &Pool) -> Vec<String> {
    let mut all: Vec<String> = pool
        .packages()
        .map(|id| format!("{:?}", pool.package(id)))
        .collect();
    all.sort();
    all
}

fn names(pool: &Pool, ids: &[PackageId]) -> Vec<String> {
    ids.iter().map(|id| pool.nevra(*id).to_string()).collect()
}

#[test]
fn a_package_is_what_the_metadata_say() {
    let folder = Folder::new();
    let pool = load(&mini::repository(folder.path(), "r", &PACKAGES), None).unwrap();
    let id = pool.packages().find(|id| pool.name(*id) == "foo").unwrap();
    let foo = pool.package(id);
    assert_eq!(foo.nevra.to_string(), "foo-1:2-3.x86_64");
    assert_eq!(foo.nevra.evr.epoch, 1);
    assert_eq!(foo.repo.as_deref(), Some("r"));
    let (algorithm, hex) = foo.checksum.unwrap();
    assert_eq!((algorithm.as_str(), &hex[..6]), ("sha256", "666f6f"));
    assert_eq!(foo.location.as_deref(), Some("Packages/foo.rpm"));
    assert_eq!((foo.download_size, foo.installed_size), (100, 200));
    assert_eq!(foo.summary, "The foo Package");
    assert_eq!(foo.license, "MIT");
    assert_eq!(foo.description, "It is foo.");
    assert_eq!(foo.url, "https://example.org/foo");
    assert_eq!(foo.vendor.as_deref(), Some("V"));
    assert_eq!(foo.build_time, 6);
    assert_eq!(foo.source_rpm.as_deref(), Some("foo-src-2-3.src.rpm"));
}

#[test]
fn packages_are_found() {
    let folder = Folder::new();
    let mut pool = load(&mini::repository(folder.path(), "r", &PACKAGES), None).unwrap();
    let bars = ["bar-1-1.noarch", "bar-2-1.noarch"];
    let foo = ["foo-1:2-3.x86_64"];
    let dependency = |text: &str| text.parse::<Dependency>().unwrap();
    for (text, expected) in [
        ("libbar.so.1", &bars[..]),
        ("bar >= 2", &bars[1..]),
        ("cap < 4", &[]),
    ] {
        let found = pool.what_provides(&dependency(text)).unwrap();
        assert_eq!(names(&pool, &found), expected, "{text}");
    }
    pool.load_filelists().unwrap();
    for (path, glob) in [("/usr/bin/foo", false), ("/usr/share/*/x", true)] {
        let found = pool.owners(path, glob).unwrap();
        assert_eq!(names(&pool, &found), foo, "{path}");
    }
    let table: [(&[&str], &[&str]); 4] = [
        (&["FOO pack"], &foo),
        (&["BAR"], &bars),
        (&["example.org"], &[]),
        (&["nothing", "foo"], &foo),
    ];
    for (words, expected) in table {
        let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        assert_eq!(names(&pool, &pool.search(&words)), expected, "{words:?}");
    }
}

#[test]
fn the_cache_is_used_only_when_it_is_what_was_written() {
    let folder = Folder::new();
    let cache = folder.path().join("cache");
    let files = mini::repository(folder.path(), "r", &PACKAGES);
    let mut fresh = load(&files, Some(&cache)).unwrap();
    fresh.load_filelists().unwrap();
    let expected = all(&fresh);
    let solv = cache.join("r.solv");
    let solvx = cache.join("r-filenames.solvx");
    let whole = std::fs::read(&solv).unwrap();
    let lists = std::fs::read(&solvx).unwrap();
    assert_eq!(
        std::fs::read_dir(&cache).unwrap().count(),
        2,
        "nothing else is left"
    );

    // From the cache alone.
    let (primary, filelists) = (files.primary.clone(), files.filelists.clone().unwrap());
    let aside = |path: &Utf8PathBuf| path.with_extension("aside");
    std::fs::rename(&primary, aside(&primary)).unwrap();
    std::fs::rename(&filelists, aside(&filelists)).unwrap();
    let mut cached = load(&files, Some(&cache)).unwrap();
    assert_eq!(all(&cached), expected);
    cached.load_filelists().unwrap();
    let found = cached.owners("/usr/share/foo/x", false).unwrap();
    assert_eq!(names(&cached, &found), ["foo-1:2-3.x86_64"]);
    std::fs::rename(aside(&primary), &primary).unwrap();
    std::fs::rename(aside(&filelists), &filelists).unwrap();

    // Whatever else lies there is replaced.
    let flipped = |index: usize| {
        let mut bytes = whole.clone();
        bytes[index] ^= 1;
        bytes
    };
    let others: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"SOLV".to_vec(),
        whole[..whole.len() - 1].to_vec(),
        whole[..whole.len() / 2].to_vec(),
        flipped(0),
        flipped(whole.len() / 2),
        flipped(whole.len() - 1),
        lists,
        vec![0xff; 100_000],
    ];
    for (index, other) in others.into_iter().enumerate() {
        std::fs::write(&solv, other).unwrap();
        let pool = load(&files, Some(&cache)).unwrap();
        assert_eq!(all(&pool), expected, "{index}");
        assert_eq!(std::fs::read(&solv).unwrap(), whole, "{index}");
    }

    // Other metadata of the same repository.
    let newer = RepositoryFiles {
        checksum: "2".to_owned(),
        ..mini::repository(folder.path(), "r", &PACKAGES[..2])
    };
    assert_eq!(load(&newer, Some(&cache)).unwrap().packages().count(), 2);
    assert_ne!(std::fs::read(&solv).unwrap(), whole);
}

#[test]
fn a_cache_that_cannot_be_written_is_no_error() {
    let folder = Folder::new();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let files = mini::repository(folder.path(), "r", &PACKAGES);
    let pool = load(&files, Some(&file.join("cache"))).unwrap();
    assert_eq!(pool.packages().count(), 3);
}

fn xml(body: &str, packages: &str) -> String {
    format!("<metadata xmlns=\"http://linux.duke.edu/metadata/common\"{packages}>{body}</metadata>")
}

fn entry(name: &str, version: &str) -> String {
    format!(
        "<package type=\"rpm\"><name>{name}</name><arch>noarch</arch>\
         <version epoch=\"0\" ver=\"{version}\" rel=\"1\"/></package>"
    )
}

#[test]
fn damaged_metadata_are_refused() {
    let laughs = {
        let mut text = String::from("<!DOCTYPE metadata [<!ENTITY a0 \"ha\">");
        for level in 1..30 {
            let before = format!("&a{};", level - 1).repeat(10);
            text.push_str(&format!("<!ENTITY a{level} \"{before}\">"));
        }
        text.push_str("]>");
        text.push_str(&xml("<package><name>&a29;</name></package>", ""));
        text
    };
    let table: [(&str, String); 12] = [
        ("empty", String::new()),
        ("no xml", "\0\x01\x02".to_owned()),
        ("cut", xml(&entry("a", "1"), "").replace("</metadata>", "")),
        (
            "cut in a tag",
            "<metadata packages=\"1\"><package><na".to_owned(),
        ),
        ("one too few", xml(&entry("a", "1"), " packages=\"2\"")),
        (
            "one too many",
            xml(&entry("a", "1").repeat(2), " packages=\"1\""),
        ),
        (
            "other promise",
            xml("", " packages=\"99999999999999999999\""),
        ),
        ("slash", xml(&entry("../a", "1"), "")),
        ("hidden", xml(&entry(".a", "1"), "")),
        ("line", xml(&entry("a\nb", "1"), "")),
        ("slash in version", xml(&entry("a", "1/2"), "")),
        ("laughs", laughs),
    ];
    let folder = Folder::new();
    for (what, text) in table {
        let path = folder.path().join("primary.xml");
        std::fs::write(&path, &text).unwrap();
        let mut pool = Pool::new("x86_64").unwrap();
        let result = pool.add_repository(&RepositoryFiles::new("r", &path), None);
        let kind = result.as_ref().map_err(Error::kind);
        let harmless = what == "other promise" && result.is_ok();
        assert!(
            kind == Err(ErrorKind::Corrupt) || harmless,
            "{what}: {result:?}"
        );
        assert_eq!(pool.packages().count(), 0, "{what} leaves nothing");
    }
}

#[test]
fn what_unpacks_to_too_much_is_refused() {
    let folder = Folder::new();
    let path = folder.path().join("primary.xml.zst");
    let mut bomb = xml("", " packages=\"0\"").into_bytes();
    bomb.splice(0..0, vec![b' '; 64 << 20]);
    std::fs::write(&path, zstd::encode_all(bomb.as_slice(), 3).unwrap()).unwrap();
    let mut files = RepositoryFiles::new("r", &path);
    files.limit = 1 << 20;
    match load(&files, None) {
        Err(Error::Corrupt { reason, .. }) => {
            assert_eq!(reason, "it unpacks to more than 1048576 bytes");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_compression_is_read_and_its_damage_seen() {
    let folder = Folder::new();
    let plain = mini::repository(folder.path(), "r", &PACKAGES);
    let expected = all(&load(&plain, None).unwrap());
    for (suffix, tool) in [
        ("gz", "gzip"),
        ("xz", "xz"),
        ("bz2", "bzip2"),
        ("zst", "zstd"),
    ] {
        let output = std::process::Command::new(tool)
            .args(["-c", plain.primary.as_str()])
            .output();
        let Ok(output) = output else {
            assert_eq!(tool, "bzip2", "{tool} is missing");
            continue;
        };
        let path = folder.path().join(format!("primary.xml.{suffix}"));
        let mut files = plain.clone();
        files.primary = path.clone();
        std::fs::write(&path, &output.stdout).unwrap();
        assert_eq!(all(&load(&files, None).unwrap()), expected, "{suffix}");
        let half = &output.stdout[..output.stdout.len() / 2];
        let mut flipped = output.stdout.clone();
        flipped[output.stdout.len() / 2] ^= 0x10;
        for bytes in [half, &flipped, &output.stdout[..1], b"plain text"] {
            std::fs::write(&path, bytes).unwrap();
            let kind = load(&files, None)
                .map(|pool| all(&pool))
                .map_err(|e| e.kind());
            assert_eq!(
                kind,
                Err(ErrorKind::Corrupt),
                "{suffix}, {} bytes",
                bytes.len()
            );
        }
    }
    let zck = folder.path().join("primary.xml.zck");
    std::fs::write(&zck, "").unwrap();
    let error = load(&RepositoryFiles::new("r", &zck), None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let absent = load(&RepositoryFiles::new("r", "absent.xml"), None).unwrap_err();
    assert_eq!(absent.kind(), ErrorKind::NotFound);
}

#[test]
fn a_damaged_file_list_leaves_the_packages() {
    let folder = Folder::new();
    let files = mini::repository(folder.path(), "r", &PACKAGES);
    std::fs::write(files.filelists.as_ref().unwrap(), "<filelists><package").unwrap();
    let mut pool = load(&files, None).unwrap();
    let before = all(&pool);
    assert_eq!(
        pool.load_filelists().unwrap_err().kind(),
        ErrorKind::Corrupt
    );
    assert_eq!(all(&pool), before);
    assert!(pool.lacks_filelists());
}

#[test]
fn a_repositorys_excludes_bar_its_packages() {
    let table: [(&[&str], &[&str], &[&str]); 6] = [
        (&["bar"], &[], &["foo-1:2-3.x86_64"]),
        (&["bar-1"], &[], &["bar-2-1.noarch", "foo-1:2-3.x86_64"]),
        (&["b*.noarch"], &[], &["foo-1:2-3.x86_64"]),
        (&[], &["bar-2-1.noarch"], &["bar-2-1.noarch"]),
        (&["foo"], &["foo", "bar-0:1-1"], &["bar-1-1.noarch"]),
        (&["*"], &[], &[]),
    ];
    let folder = Folder::new();
    for (exclude, include, expected) in table {
        let words = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
        let mut files = mini::repository(folder.path(), "r", &PACKAGES);
        files.exclude = words(exclude);
        files.include = words(include);
        let pool = load(&files, None).unwrap();
        let found = pool.search(&[String::new()]);
        assert_eq!(names(&pool, &found), expected, "{exclude:?} {include:?}");
    }
}

#[test]
fn createrepo_cs_repositories_are_read() {
    let folder = Utf8Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/testdata/repodata/createrepo_c/tests/testdata");
    if !folder.exists() {
        assert!(std::env::var_os("CI").is_none(), "{folder} is missing");
        eprintln!("left out: {folder} is missing");
        return;
    }
    let table = [
        ("repo_00", 0),
        ("repo_01", 1),
        ("repo_02", 2),
        ("repo_koji_01", 2),
        ("repo_with_duplicate_packages", 4),
    ];
    for (name, count) in table {
        let repodata = folder.join(name).join("repodata");
        let primary = repodata
            .read_dir_utf8()
            .unwrap()
            .map(|entry| entry.unwrap().into_path())
            .find(|path| path.as_str().ends_with("primary.xml.gz"))
            .unwrap();
        let pool = load(&RepositoryFiles::new(name, primary), None).unwrap();
        assert_eq!(pool.packages().count(), count, "{name}");
    }
}
