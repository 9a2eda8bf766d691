/* verify SIGNED UNSIGNED KEY FOLDER-OF-KEYS: what keyrings and verifications say. */
#include "dump.h"

static regraft_error *error = NULL;

static void found(const regraft_package *package, const regraft_keyring *keyring, int32_t required)
{
  regraft_verification *verification = NULL;
  if (regraft_package_verify(package, keyring, required, &verification, &error) != REGRAFT_OK) {
    CHECK(verification == NULL);
    text("error", regraft_error_kind_name(error));
    text("message", regraft_error_message(error));
    DONE();
    return;
  }
  for (size_t i = 0; i < regraft_verification_digest_count(verification); i++) {
    const regraft_verified_digest *digest = regraft_verification_digest_get(verification, i);
    text("covers", regraft_verified_digest_covers(digest));
    text("algorithm", regraft_verified_digest_algorithm(digest));
  }
  const regraft_signer *signer = regraft_verification_signer(verification);
  if (signer) {
    text("fingerprint", regraft_signer_fingerprint(signer));
    text("user_id", regraft_signer_user_id(signer));
    text("keyring_name", regraft_signer_keyring_name(signer));
    number("time", regraft_signer_time(signer));
  }
  TEXTS("note", verification, regraft_verification_note_count, regraft_verification_note_get);
  text("text", regraft_verification_text(verification));
  text("json", regraft_verification_to_json(verification));
  regraft_verification_free(verification);
}

int main(int argc, char **argv)
{
  regraft_package *is_signed = NULL, *is_not = NULL;
  regraft_verification *verification = NULL;
  regraft_keyring *keyring = regraft_keyring_new();
  CHECK(argc == 5);
  OK(regraft_package_open(argv[1], &is_signed, &error));
  OK(regraft_package_open(argv[2], &is_not, &error));
  CHECK(regraft_keyring_is_empty(keyring) && regraft_keyring_count(keyring) == 0);
  found(is_signed, keyring, REGRAFT_SIGNATURE_REQUIRED);
  found(is_signed, NULL, REGRAFT_SIGNATURE_NOT_REQUIRED);
  OK(regraft_keyring_add_file(keyring, argv[3], &error));
  CHECK(!regraft_keyring_is_empty(keyring) && regraft_keyring_count(keyring) == 1);
  found(is_signed, keyring, REGRAFT_SIGNATURE_REQUIRED);
  found(is_not, keyring, REGRAFT_SIGNATURE_REQUIRED);
  found(is_not, keyring, REGRAFT_SIGNATURE_NOT_REQUIRED);
  FAILS(regraft_package_verify(is_not, keyring, 7, &verification, &error), REGRAFT_BAD_ENUM);
  DONE();
  regraft_keyring_free(keyring);

  /* The same key from memory, and from a folder. */
  char bytes[65536];
  FILE *file = fopen(argv[3], "rb");
  CHECK(file != NULL);
  size_t length = fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  keyring = regraft_keyring_new();
  OK(regraft_keyring_add(keyring, bytes, length, "from memory", &error));
  found(is_signed, keyring, REGRAFT_SIGNATURE_REQUIRED);
  FAILS(regraft_keyring_add(keyring, "no key", 6, "nonsense", &error), REGRAFT_ERROR_CORRUPT);
  HAS(regraft_error_message(error), "nonsense");
  DONE();
  FAILS(regraft_keyring_add(keyring, NULL, 6, "nothing", &error), REGRAFT_NULL_ARGUMENT);
  DONE();
  FAILS(regraft_keyring_add(keyring, NULL, 0, "nothing", &error), REGRAFT_ERROR_CORRUPT);
  DONE();
  FAILS(regraft_keyring_add_file(keyring, "/nowhere", &error), REGRAFT_ERROR_NOT_FOUND);
  DONE();
  CHECK(regraft_keyring_count(keyring) == 1);
  OK(regraft_keyring_add_dir(keyring, argv[4], &error));
  number("in the folder", regraft_keyring_count(keyring) - 1);
  OK(regraft_keyring_add_dir(keyring, "/nowhere", &error));
  regraft_keyring_free(keyring);
  regraft_package_free(is_signed);
  regraft_package_free(is_not);
  return 0;
}
