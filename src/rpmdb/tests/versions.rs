//! The bytes do not depend on SQLite's version: the system's `sqlite3` program, which is another
//! one than ours, makes the same file of the same statements.

use super::reading::rpm_ostree;
use super::{INSTALLATION, Root, metadata, new, packages_below, update};
use crate::rpmdb::index::{self, Key, TABLES};
use crate::rpmdb::stored::stored_header;
use crate::rpmdb::{Installed, Rpmdb, pages, sqlite};
use crate::testdata::testdata;
use camino::Utf8Path;
use std::fmt::Write;
use std::os::unix::fs::FileExt;
use std::process::{Command, Stdio};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The statements of an update.
fn statements(remove: &[u32], add: &[Vec<u8>], mut id: u32) -> String {
    let mut sql = String::from(
        "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF;\n\
         PRAGMA secure_delete = ON; BEGIN;\n",
    );
    for id in remove {
        for name in TABLES.iter().map(|table| table.name).chain(["Packages"]) {
            writeln!(sql, "DELETE FROM \"{name}\" WHERE hnum = {id};").unwrap();
        }
    }
    for metadata in add {
        let header = stored_header(&new(metadata), INSTALLATION, "package").unwrap();
        id += 1;
        let blob = hex(header.blob());
        writeln!(sql, "INSERT INTO Packages VALUES (NULL, X'{blob}');").unwrap();
        for table in &TABLES {
            for row in index::rows(table, &header, "package").unwrap() {
                let key = hex(&row.key);
                let key = match table.key {
                    Key::Text => format!("CAST(X'{key}' AS TEXT)"),
                    Key::Blob => format!("X'{key}'"),
                };
                let (name, place) = (table.name, row.place);
                writeln!(sql, "INSERT INTO \"{name}\" VALUES ({key}, {id}, {place});").unwrap();
            }
        }
    }
    sql.push_str("COMMIT;\n");
    sql
}

fn sqlite3(db: &Utf8Path, sql: &str) {
    let mut program = Command::new("sqlite3")
        .args(["-bail", "-batch", db.as_str()])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = program.stdin.take().unwrap();
    std::io::Write::write_all(&mut stdin, sql.as_bytes()).unwrap();
    drop(stdin);
    assert!(program.wait().unwrap().success());
}

#[test]
fn another_sqlite_writes_the_same() {
    let Some(base) = rpm_ostree("base") else {
        return;
    };
    let inputs = testdata("rpm-ostree/inputs").unwrap();
    let add: Vec<_> = packages_below(&inputs)
        .iter()
        .map(|file| metadata(file))
        .collect();
    let packages = Rpmdb::open(base.db()).unwrap().packages().unwrap();
    let remove: Vec<u32> = packages.iter().step_by(11).map(Installed::id).collect();
    let last = packages.iter().map(Installed::id).max().unwrap();
    let out = Root::new();
    update(&out.db(), Some(&base.db()), &remove, &add);

    let theirs = Root::with(&base.db());
    let set = |places: &[(u64, &[u8])]| {
        let file = std::fs::OpenOptions::new()
            .write(true)
            .open(theirs.db())
            .unwrap();
        for (place, bytes) in places {
            file.write_all_at(bytes, *place).unwrap();
        }
    };
    set(&[(18, &[1, 1])]);
    sqlite3(&theirs.db(), &statements(&remove, &add, last));
    let ours = std::fs::read(out.db()).unwrap();
    set(&[(24, &ours[24..28]), (92, &ours[92..100])]);
    let file = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(theirs.db())
        .unwrap();
    let roots = sqlite::roots(&sqlite::open_to_read(&theirs.db()).unwrap()).unwrap();
    pages::clear_unused(&file, &roots, &theirs.db()).unwrap();
    let theirs = std::fs::read(theirs.db()).unwrap();
    assert_eq!(ours.len(), theirs.len());
    let differs = ours
        .chunks(4096)
        .zip(theirs.chunks(4096))
        .position(|(a, b)| a != b);
    assert_eq!(differs, None, "the first page that differs");
    let version = rusqlite::version();
    let output = Command::new("sqlite3").arg("--version").output().unwrap();
    let other = String::from_utf8(output.stdout).unwrap();
    eprintln!("SQLite {version} and {}", other.split(' ').next().unwrap());
}

#[test]
fn a_database_can_go_to_another_thread() {
    fn is_send<T: Send>() {}
    is_send::<Rpmdb>();
    is_send::<Installed>();
}
