//! Metadata from the field, odd and broken.

use super::*;
use crate::error::Error;

/// Every folder of the test data that holds a `repodata/repomd.xml`.
fn repositories(folder: &Utf8Path, found: &mut Vec<Utf8PathBuf>) {
    if folder.join("repodata/repomd.xml").exists() {
        found.push(folder.to_owned());
    }
    let mut entries: Vec<_> = folder
        .read_dir_utf8()
        .unwrap()
        .map(|entry| entry.unwrap())
        .collect();
    entries.sort_by_key(|entry| entry.file_name().to_owned());
    for entry in entries {
        if entry.file_type().unwrap().is_dir() {
            repositories(entry.path(), found);
        }
    }
}

#[test]
fn each_is_read_or_has_a_clear_error() {
    let Some(root) = testdata("repodata") else {
        return;
    };
    let bed = Bed::new();
    let mut found = Vec::new();
    repositories(&root.canonicalize_utf8().unwrap(), &mut found);
    let mut results = Vec::new();
    for path in &found {
        let url = format!("file://{}", location::encode(path.as_str()));
        let config = RepoConfig::new("field", &url);
        let name = path.as_str().rsplit("/repodata/").next().unwrap();
        let result = bed.refresh(&config, CachePolicy::Normal);
        let text = match &result {
            Ok(metadata) => {
                let mut pool = Pool::new("x86_64").unwrap();
                let loaded = load(metadata, &config, &mut pool, &bed.path.join("cache"));
                format!(
                    "{} packages, {:?}",
                    metadata.packages,
                    loaded.map(|()| pool.packages().count())
                )
            }
            Err(error) => error.to_string(),
        };
        eprintln!("{name}: {text}");
        results.push((name.to_owned(), result));
    }
    assert!(results.len() > 10, "{}", results.len());
    let appstream = results
        .iter()
        .find(|(name, _)| name.ends_with("/appstream"));
    let packages = appstream
        .and_then(|(_, result)| result.as_ref().ok())
        .map(|m| m.packages);
    assert_eq!(packages, Some(17_649));
    for (name, result) in &results {
        let named = match result {
            Ok(_) => true,
            Err(Error::Corrupt { object, .. } | Error::Digest { object, .. }) => {
                object.starts_with("file:///")
            }
            Err(Error::Network { url, .. }) => url.starts_with("file:///"),
            Err(Error::Unsupported { .. }) => true,
            Err(_) => false,
        };
        assert!(named, "{name}: {result:?}");
    }
}
