//! Package files that are damaged.

use super::*;

#[test]
fn damaged_files() {
    let mut cases = vec![
        changed("lead-magic", Corrupt, &["is no RPM package"], |p| {
            p.lead[0] = 0
        }),
        changed("lead-version", Unsupported, &["version 9"], |p| {
            p.lead[4] = 9
        }),
        changed(
            "lead-type",
            Unsupported,
            &["without a signature header"],
            |p| p.lead[79] = 1,
        ),
        changed("signature-magic", Corrupt, &["no header"], |p| {
            p.signature[0] = 0
        }),
        changed("signature-count", Corrupt, &["out of bounds"], |p| {
            p.signature[8] = 0x7f
        }),
        changed("signature-tags", Corrupt, &["out of bounds"], |p| {
            p.signature[11] = 200
        }),
        changed("signature-size", Corrupt, &["out of bounds"], |p| {
            p.signature[12] = 0x0f
        }),
        changed("signature-region", Corrupt, &["region"], |p| {
            p.signature[23] = 9
        }),
        changed("signature-digest", Digest, &["sha256", "header"], |p| {
            let found = forge::sha256(&p.header);
            let other = forge::sha256(b"");
            forge::replace(&mut p.signature, found.as_bytes(), other.as_bytes());
        }),
        changed("signature-letters", Corrupt, &["malformed"], |p| {
            let found = forge::sha256(&p.header);
            let other = "z".repeat(64);
            forge::replace(&mut p.signature, found.as_bytes(), other.as_bytes());
        }),
        changed("header-magic", Corrupt, &["no header"], |p| p.header[0] = 0),
        changed("header-count", Corrupt, &["out of bounds"], |p| {
            p.header[8] = 0x7f
        }),
        changed("header-empty", Corrupt, &["out of bounds"], |p| {
            p.header[8..12].fill(0)
        }),
        changed("header-size", Corrupt, &["truncated"], |p| {
            p.header[12] = 0x0f
        }),
        changed("header-offset", Corrupt, &["tag"], |p| {
            p.header[16 + 16 + 8] = 0x7f
        }),
        changed("header-kind", Corrupt, &["tag"], |p| {
            p.header[16 + 16 + 7] = 77
        }),
        changed("header-byte", Digest, &["sha256", "header"], |p| {
            forge::replace(&mut p.header, b"Made by regraft", b"Made by nobody ");
        }),
        changed("payload-byte", Digest, &["payload"], |p| {
            p.payload[200] ^= 1
        }),
        changed("payload-more", Digest, &["bytes"], |p| {
            p.payload.extend(b"more")
        }),
        spoilt("cut-empty", Corrupt, &["too short"], |_| Vec::new()),
        spoilt("cut-lead", Corrupt, &["too short"], |p| {
            p.bytes()[..50].to_vec()
        }),
        spoilt("cut-signature", Corrupt, &["truncated"], |p| {
            p.bytes()[..100].to_vec()
        }),
        spoilt("cut-signature-data", Corrupt, &["truncated"], |p| {
            p.bytes()[..200].to_vec()
        }),
        spoilt("cut-header", Corrupt, &["truncated"], |p| {
            p.bytes()[..96 + p.signature.len() + p.header.len() / 2].to_vec()
        }),
        spoilt("cut-payload-all", Corrupt, &["truncated"], |p| {
            p.bytes()[..96 + p.signature.len() + p.header.len()].to_vec()
        }),
        spoilt("cut-payload-half", Corrupt, &["truncated"], |p| {
            p.bytes()[..p.bytes().len() - p.payload.len() / 2].to_vec()
        }),
        sealed("payload-none", Corrupt, &["no payload"], |p| {
            p.payload.clear()
        }),
        sealed("payload-alien", Unsupported, &["compression"], |p| {
            p.payload = b"neither packed nor an archive".repeat(9);
        }),
    ];
    // The digest of these is right: it is the packed stream itself that is broken.
    for (packing, broken, cut) in [
        (Packing::None, "broken-plain", "cut-plain"),
        (Packing::Gzip, "broken-gzip", "cut-gzip"),
        (Packing::Bzip2, "broken-bzip2", "cut-bzip2"),
        (Packing::Xz, "broken-xz", "cut-xz"),
        (Packing::Zstd, "broken-zstd", "cut-zstd"),
    ] {
        cases.push(sealed(broken, Corrupt, &[], move |p| {
            p.payload = packing.pack(&*p.payload);
            let middle = p.payload.len() / 2;
            p.payload[middle..middle + 8].fill(0x55);
        }));
        cases.push(sealed(cut, Corrupt, &["cannot be read"], move |p| {
            p.payload = packing.pack(&*p.payload);
            p.payload.truncate(p.payload.len() / 2);
        }));
    }
    let bed = bed();
    let client = bed.client("damaged");
    repository(&client, &cases);
    refuse_all("Damaged package files", &client, &cases);
}
