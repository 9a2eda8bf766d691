//! Servers that answer, but not with the file.

use super::*;

#[test]
fn servers_that_answer_wrongly() {
    let bed = bed();
    let client = bed.client("answers");
    let folder = repository(&bed, &client, "far");
    let primary = forge::primary_text(&folder);
    forge::publish(&folder, &primary);
    let server = Server::start(&folder);
    let here = server.url("");
    let mut table = Table::of(&client, "Servers that answer wrongly");
    table.hide(
        here.trim_start_matches("http://").trim_end_matches('/'),
        "SERVER",
    );
    declare(&client, "own", &here, "timeout=1\n");
    let metadata = forge::primary_of(&folder);
    let metadata = format!("/repodata/{}", metadata.file_name().unwrap());
    let (repomd, rpm) = ("/repodata/repomd.xml", "/far-1-1.rpm");
    let faults = [
        ("404", Fault::Status(404)),
        ("500", Fault::Status(500)),
        ("half of it", Fault::Truncate(100)),
        ("garbage", Fault::Garbage),
        ("nothing", Fault::Replace(Vec::new())),
        ("bytes without end", Fault::Endless),
    ];
    for (path, name) in [
        (repomd, "repomd.xml"),
        (&metadata, "primary"),
        (rpm, "a package"),
    ] {
        let file = path.rsplit('/').next().unwrap();
        for (what, fault) in &faults {
            // A status is the network's, and so is a connection that ends early. What has come whole
            // is compared with what was promised, which nothing did for repomd.xml.
            let kind = match fault {
                Fault::Status(_) | Fault::Truncate(_) => Network,
                _ if path == repomd => Corrupt,
                _ => Digest,
            };
            let status = match fault {
                Fault::Status(status) => status.to_string(),
                _ => String::new(),
            };
            server.fault(path, fault.clone());
            let row = format!("{name}: {what}");
            table.kept_out(&client, &row, kind, &[file, &status], || {
                client.install("far")
            });
            server.heal();
        }
    }
    table.finish();
    client.install("far").unwrap();
}
