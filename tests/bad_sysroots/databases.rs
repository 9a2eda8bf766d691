//! Bases with broken databases.

use super::*;

/// Puts something in the place of a database's parts, as only damage does.
fn python(database: &Utf8Path, program: &str) {
    run(Command::new("python3")
        .args([
            "-c",
            &format!("import sqlite3, sys\nf = sys.argv[1]\n{program}"),
        ])
        .arg(database));
}

#[test]
fn bases_with_broken_databases() {
    let bed = bed();
    let client = bed.client("broken");
    let mut table = Table::new("Package databases of bases");
    table.hide(bed.path.as_str(), "…");
    let tree = check_out(&bed, &client.path.with_extension("tree"));
    let file = tree.join("usr/share/rpm/rpmdb.sqlite");
    let good = std::fs::read(&file).unwrap();
    let sql = |statement: &str| {
        format!("db = sqlite3.connect(f)\ndb.executescript({statement:?})\ndb.commit()\ndb.close()")
    };
    let bytes = |change: &str| {
        format!("b = bytearray(open(f, 'rb').read())\n{change}\nopen(f, 'wb').write(b)")
    };
    let corrupt = [ErrorKind::Corrupt];
    let table_of = [
        ("no table Packages", sql("DROP TABLE Packages"), "Packages"),
        (
            "Packages is a view",
            sql("ALTER TABLE Packages RENAME TO P; CREATE VIEW Packages AS SELECT * FROM P"),
            "plain table",
        ),
        (
            "Packages has other columns",
            sql("DROP TABLE Packages; CREATE TABLE Packages (x)"),
            "",
        ),
        (
            "headers are random",
            sql("UPDATE Packages SET blob = randomblob(900)"),
            "",
        ),
        (
            "headers are empty",
            sql("UPDATE Packages SET blob = x''"),
            "",
        ),
        (
            "headers are NULL",
            sql(
                "DROP TABLE Packages; CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB); INSERT INTO Packages VALUES (1, NULL)",
            ),
            "",
        ),
        (
            "headers are text",
            sql(
                "DROP TABLE Packages; CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB); INSERT INTO Packages VALUES (1, 'a text')",
            ),
            "",
        ),
        (
            "headers are cut",
            sql("UPDATE Packages SET blob = substr(blob, 1, length(blob) / 2)"),
            "",
        ),
        (
            "headers have huge counts",
            sql("UPDATE Packages SET blob = CAST(x'7fffffff7fffffff' || substr(blob, 9) AS BLOB)"),
            "",
        ),
        ("a wrong page", bytes("b[4096:8192] = b'\\xff' * 4096"), ""),
        (
            "all pages but the first are zero",
            bytes("b[4096:] = bytes(len(b) - 4096)"),
            "",
        ),
        (
            "pages point to themselves",
            bytes(
                "n = len(b) // 4096\nfor p in range(1, n): b[p*4096:p*4096+12] = b'\\x05\\x00\\x00\\x00\\x01\\x0f\\x00\\x00' + (p+1).to_bytes(4, 'big')",
            ),
            "",
        ),
        ("cut by one page", bytes("del b[-4096:]"), ""),
        ("cut in the header", bytes("del b[60:]"), ""),
        ("no SQLite", bytes("b[:16] = b'SQLite format 9\\0'"), ""),
        ("a page size of 3", bytes("b[16:18] = b'\\x00\\x03'"), ""),
    ];
    for (name, program, word) in table_of {
        std::fs::write(&file, &good).unwrap();
        python(&file, &program);
        let reference = format!("mini/x86_64/{}", name.replace(' ', "-"));
        let checksum = commit(&bed, &reference, &format!("--tree=dir={tree}"));
        table.unchanged(
            &client,
            name,
            || {
                let mut tx = client.sysroot.deploy_commit(format!("mini:{reference}"));
                tx.install("hello");
                let plan = tx.plan(&mut Job::new())?;
                tx.stage(&plan, &mut Job::new())
            },
            &corrupt,
            &["rpmdb.sqlite", &checksum, word],
        );
    }
    works(&client);
    table.finish();
}
