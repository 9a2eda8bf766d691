//! Damaged objects of the base.

use super::*;

/// How an object is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Damage {
    Flipped,
    Cut,
    Emptied,
    Missing,
}

/// Does something to a file, and afterwards puts it back as it was.
fn with_damage<T>(path: &Utf8Path, damage: Damage, work: impl FnOnce() -> T) -> T {
    let kept = path.with_extension("kept");
    std::fs::rename(path, &kept).unwrap();
    let mut bytes = std::fs::read(&kept).unwrap();
    match damage {
        Damage::Flipped => {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x10;
        }
        Damage::Cut => bytes.truncate(bytes.len() - 5),
        Damage::Emptied => bytes.clear(),
        Damage::Missing => {}
    }
    if damage != Damage::Missing {
        std::fs::write(path, bytes).unwrap();
    }
    let result = work();
    std::fs::rename(&kept, path).unwrap();
    result
}

#[test]
fn objects_of_the_base_are_damaged() {
    let bed = bed();
    let client = bed.client("objects");
    let mut table = Table::new("Objects of the base in the repository");
    table.hide(bed.path.as_str(), "…");
    let checksum = client.sysroot.deployments().unwrap()[0]
        .checksum()
        .to_owned();
    let object = |hex: &str, kind: &str| {
        client.path.join(format!(
            "ostree/repo/objects/{}/{}.{kind}",
            &hex[..2],
            &hex[2..]
        ))
    };
    // `ostree ls -C` names the objects: of a folder its contents and its metadata.
    let named = |path: &str| -> Vec<String> {
        let line = client.ostree(&["ls", "-C", "-d", &checksum, path]);
        line.split_whitespace()
            .filter(|word| word.len() == 64)
            .map(str::to_owned)
            .collect()
    };
    let (usr, share) = (named("/usr"), named("/usr/share"));
    let database = named("/usr/share/rpm/rpmdb.sqlite");
    let group = named("/usr/lib/os-release");
    let corrupt = [ErrorKind::Corrupt];
    let (flip, cut, gone, empty) = (
        Damage::Flipped,
        Damage::Cut,
        Damage::Missing,
        Damage::Emptied,
    );
    let rows: Vec<(&str, Utf8PathBuf, Vec<Damage>, &str)> = vec![
        (
            "the commit",
            object(&checksum, "commit"),
            vec![flip, cut, gone, empty],
            &checksum,
        ),
        (
            "the folder /usr",
            object(&usr[0], "dirtree"),
            vec![flip, cut, gone, empty],
            &usr[0],
        ),
        (
            "the folder /usr/share",
            object(&share[0], "dirtree"),
            vec![flip, gone],
            &share[0],
        ),
        (
            "metadata of /usr",
            object(&usr[1], "dirmeta"),
            vec![flip, cut, gone],
            &usr[1],
        ),
        (
            "the database",
            object(&database[0], "file"),
            vec![cut, gone, empty],
            "",
        ),
        (
            "a file of no concern to the change",
            object(&group[0], "file"),
            vec![gone],
            "",
        ),
    ];
    for (name, path, damages, word) in rows {
        for damage in damages {
            let name = format!("{name}: {damage:?}").to_lowercase();
            let before = state(&client);
            let result = with_damage(&path, damage, || client.install("talker"));
            table.refused(&name, result, &corrupt, &[word]);
            table.same(&name, &before, &state(&client));
        }
    }
    works(&client);
    table.finish();
}
