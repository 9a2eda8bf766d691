//! Damage at random.

use super::*;

/// Numbers from a seed (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}

/// Bytes changed at random, with digests that agree or do not: refused or harmless, never worse.
#[test]
fn damage_at_random() {
    let bed = bed();
    let client = bed.client("random");
    let good = [spoilt("random", Corrupt, &[], |parts| parts.bytes())];
    let (folder, primary) = repository(&client, &good);
    let path = folder.join("random-1-1.rpm");
    let whole = std::fs::read(&path).unwrap();
    let mut dice = Dice(0x005e_ed0f_9e61_4af7);
    let mut refusals = 0;
    for round in 0..40 {
        std::fs::write(&path, &whole).unwrap();
        let mut parts = Parts::read(&path);
        for _ in 0..=dice.below(4) {
            let part = match dice.below(4) {
                0 => &mut parts.signature,
                1 | 2 => &mut parts.header,
                _ => &mut parts.payload,
            };
            // The numbers of a header's beginning would only make it no header.
            let at = 16 + dice.below(part.len() - 16);
            part[at] = dice.below(256) as u8;
        }
        let count = |bytes: &[u8]| u32::from_be_bytes(bytes[8..12].try_into().unwrap());
        assert!(count(&parts.header) > 0);
        let sealed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| parts.seal()));
        // Where the damage is in the index itself, digests cannot be put right.
        let _ = sealed;
        std::fs::write(&path, parts.bytes()).unwrap();
        forge::publish(&folder, &forge::refit(&folder, &primary, |_, text| text));
        let before = state(&client);
        match client.install("random") {
            Ok(_) => {
                client
                    .change(|tx| {
                        tx.uninstall("random");
                    })
                    .unwrap();
            }
            Err(error) => {
                refusals += 1;
                let expected = [
                    Corrupt,
                    Digest,
                    Unsupported,
                    PathNotAllowed,
                    Unsolvable,
                    ScriptFailed,
                ];
                assert!(
                    expected.contains(&error.kind()),
                    "{round}: {}: {error}",
                    error.kind()
                );
                assert_eq!(state(&client), before, "{round}: {error}");
            }
        }
    }
    assert!(refusals > 20, "{refusals}");
    works(&client);
}
