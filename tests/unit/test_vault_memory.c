/* The vault's memory, and damage of its file. */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "memory_file.h"
#include "statements.h"
#include "vault_memory.h"

#define TEXT(word)                       \
	{                                \
		(word), sizeof(word) - 1 \
	}
#define KEY_A "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define KEY_B "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static const struct enc_text org = TEXT("default");
static const struct enc_text id = TEXT("sb_1");

static char top[64];
static int dir;
static struct enc_keyring *keys; /* the first is A */
static struct enc_keyring *other_keys;
static struct enc_keyring *both_keys; /* B, then A */

static struct enc_keyring *keyring_of(const char *text)
{
	struct enc_keyring *keyring = NULL;
	const char *why = NULL;

	assert_int_equal(enc_keyring_parse(text, strlen(text), &keyring, &why),
			 0);
	return keyring;
}

static int set_up(void **state)
{
	(void)state;
	/* In memory: each of thousands of steps is made durable. */
	(void)snprintf(top, sizeof(top), "/dev/shm/enclave-test-XXXXXX");
	if (sodium_init() < 0 || mkdtemp(top) == NULL) {
		return -1;
	}
	dir = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	keys = keyring_of(KEY_A);
	other_keys = keyring_of(KEY_B);
	both_keys = keyring_of(KEY_B "\n" KEY_A);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	enc_keyring_free(keys);
	enc_keyring_free(other_keys);
	enc_keyring_free(both_keys);
	(void)unlinkat(dir, ENC_MEMORY_FILE, 0);
	(void)close(dir);
	return rmdir(top);
}

static struct enc_vault_memory *open_with(const struct enc_keyring *keyring,
					  bool may_make)
{
	struct enc_vault_memory *memory = NULL;
	struct enc_error err = { 0 };

	if (enc_vault_memory_open(dir, keyring, may_make, &memory, &err) !=
	    ENC_OK) {
		fail_msg("%s", err.message);
	}
	return memory;
}

static struct enc_vault_memory *open_again(struct enc_vault_memory *memory)
{
	enc_vault_memory_free(memory);
	return open_with(keys, false);
}

static enum enc_code try_open(const struct enc_keyring *keyring)
{
	struct enc_vault_memory *memory = NULL;
	struct enc_error err = { 0 };
	enum enc_code code =
		enc_vault_memory_open(dir, keyring, false, &memory, &err);

	enc_vault_memory_free(memory);
	return code;
}

static struct enc_vault_statement statement_of(unsigned int number)
{
	struct enc_vault_statement statement = { .org = "default",
						 .count = 10,
						 .time_ms = 1000 };

	(void)snprintf(statement.session, sizeof(statement.session),
		       "s-00ff00ff00-%u", number);
	return statement;
}

static int sign(struct enc_vault_memory *memory,
		const struct enc_vault_statement *statement)
{
	uint8_t signature[ENC_VAULT_SIGNATURE_BYTES];

	return enc_vault_memory_sign(memory, statement, signature);
}

/* ---- marks ---- */

static void test_marks_last(void **state)
{
	static const struct enc_text other_id = TEXT("sb_2");
	static const struct enc_text other_org = TEXT("defaultsb_");
	static const struct enc_text short_id = TEXT("1");
	struct enc_vault_memory *memory = open_with(keys, true);

	(void)state;
	assert_int_equal(enc_vault_memory_least(memory, org, id), 0);
	assert_int_equal(enc_vault_memory_raise(memory, org, id, 3), 0);
	assert_int_equal(enc_vault_memory_raise(memory, org, id, 2), 0);
	assert_int_equal(enc_vault_memory_raise(memory, org, other_id,
						ENC_MEMORY_REVOKED),
			 0);
	memory = open_again(memory);
	assert_int_equal(enc_vault_memory_least(memory, org, id), 3);
	assert_true(enc_vault_memory_least(memory, org, other_id) ==
		    ENC_MEMORY_REVOKED);
	/* Not the same bytes cut elsewhere. */
	assert_int_equal(enc_vault_memory_least(memory, other_org, short_id),
			 0);
	enc_vault_memory_free(memory);
}

/* The file grows, and what counts is there still. */
static void test_grows(void **state)
{
	enum { IDS = 300, ROUNDS = 6 };
	struct enc_vault_memory *memory = open_with(keys, true);
	char text[16];

	(void)state;
	for (unsigned int round = 1; round <= ROUNDS; round++) {
		for (unsigned int i = 0; i < IDS; i++) {
			struct enc_text one = { text, 0 };

			one.length = (size_t)snprintf(text, sizeof(text),
						      "sb_%u", i);
			assert_int_equal(enc_vault_memory_raise(memory, org,
								one, round),
					 0);
		}
	}
	memory = open_again(memory);
	for (unsigned int i = 0; i < IDS; i++) {
		struct enc_text one = { text, 0 };

		one.length = (size_t)snprintf(text, sizeof(text), "sb_%u", i);
		assert_int_equal(enc_vault_memory_least(memory, org, one),
				 ROUNDS);
	}
	enc_vault_memory_free(memory);
}

static void test_too_many_marks(void **state)
{
	struct enc_marks marks = { .count_most = 3 };
	uint8_t key[ENC_MARK_KEY_BYTES] = { 0 };

	(void)state;
	for (key[0] = 1; key[0] <= 3; key[0]++) {
		assert_int_equal(enc_marks_reserve(&marks, 1), 0);
		enc_marks_put(&marks, key, key[0]);
	}
	assert_int_equal(enc_marks_reserve(&marks, 1), -E2BIG);
	assert_int_equal(enc_marks_get(&marks, key), 0);
	key[0] = 2;
	enc_marks_put(&marks, key, 1);
	assert_int_equal(enc_marks_get(&marks, key), 2);
	enc_marks_done(&marks);
}

/* ---- signing ---- */

static void test_signs_once(void **state)
{
	struct enc_vault_memory *memory = open_with(keys, true);
	struct enc_vault_statement statement = statement_of(5);
	struct enc_vault_statement second;
	uint8_t one[ENC_VAULT_SIGNATURE_BYTES];
	uint8_t again[ENC_VAULT_SIGNATURE_BYTES];

	(void)state;
	assert_int_equal(enc_vault_memory_sign(memory, &statement, one), 0);
	memory = open_again(memory);
	assert_int_equal(enc_vault_memory_sign(memory, &statement, again), 0);
	assert_memory_equal(one, again, sizeof(one));
	second = statement;
	second.count++;
	assert_int_equal(sign(memory, &second), -EEXIST);
	second = statement;
	second.head[31] = 1;
	assert_int_equal(sign(memory, &second), -EEXIST);
	second = statement;
	second.time_ms++;
	assert_int_equal(sign(memory, &second), -EEXIST);
	enc_vault_memory_free(memory);
}

/* The bytes that vault.h names, for those who check signatures. */
static void test_signature(void **state)
{
	static const uint8_t text[] =
		"enclave-head-v1\ndefault\0s-00ff00ff00-5\0"
		"\0\0\0\0\0\0\0\x0a"
		"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		"\0\0\0\0\0\0\x03\xe8";
	struct enc_vault_memory *memory = open_with(keys, true);
	struct enc_vault_statement statement = statement_of(5);
	uint8_t signature[ENC_VAULT_SIGNATURE_BYTES];
	uint8_t key[ENC_VAULT_KEY_BYTES];

	(void)state;
	enc_vault_memory_public_key(memory, key);
	assert_int_equal(enc_vault_memory_sign(memory, &statement, signature),
			 0);
	assert_int_equal(crypto_sign_verify_detached(signature, text,
						     sizeof(text) - 1, key),
			 0);
	enc_vault_memory_free(memory);
}

static void test_malformed_statements(void **state)
{
	static const char *const sessions[] = {
		"",	"s",	"s-x",
		"s-0",	"s-01", "s-1x",
		"s-+1", "s- 1", "s-99999999999999999999999"
	};
	struct enc_vault_memory *memory = open_with(keys, true);
	struct enc_vault_statement statement;

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(sessions); i++) {
		statement = statement_of(1);
		memset(statement.session, 0, sizeof(statement.session));
		(void)snprintf(statement.session, sizeof(statement.session),
			       "%s", sessions[i]);
		assert_int_equal(sign(memory, &statement), -EINVAL);
	}
	statement = statement_of(1);
	statement.session[63] = 'x';
	assert_int_equal(sign(memory, &statement), -EINVAL);
	statement = statement_of(1);
	memset(statement.org, 'x', sizeof(statement.org));
	assert_int_equal(sign(memory, &statement), -EINVAL);
	enc_vault_memory_free(memory);
}

/* A forgotten statement isn't signed again, also after a start. */
static void test_forgotten(void **state)
{
	struct enc_vault_memory *memory = open_with(keys, true);
	struct enc_vault_statement statement;

	(void)state;
	for (unsigned int i = 1; i <= ENC_MEMORY_SIGNED_MAX + 3; i++) {
		statement = statement_of(i);
		assert_int_equal(sign(memory, &statement), 0);
	}
	for (unsigned int i = 0; i < 2; i++) {
		statement = statement_of(1);
		assert_int_equal(sign(memory, &statement), -ESTALE);
		statement = statement_of(3);
		statement.count++;
		assert_int_equal(sign(memory, &statement), -ESTALE);
		statement = statement_of(4);
		assert_int_equal(sign(memory, &statement), 0);
		(void)snprintf(statement.org, sizeof(statement.org), "o-2");
		statement = statement_of(ENC_MEMORY_SIGNED_MAX + 3);
		assert_int_equal(sign(memory, &statement), 0);
		memory = open_again(memory);
	}
	enc_vault_memory_free(memory);
}

static void test_statements(void **state)
{
	struct enc_statements all;
	struct enc_signed one = { 0 };

	(void)state;
	enc_statements_init(&all, 4);
	for (unsigned int i = 0; i < 40; i++) {
		if (all.count == 4) {
			assert_int_equal(enc_statements_at(&all, 0)->number,
					 i - 4);
			enc_statements_forget(&all);
		}
		one.key[0] = (uint8_t)(i % 5);
		one.key[20] = (uint8_t)i;
		one.number = i;
		assert_null(enc_statements_find(&all, one.key));
		enc_statements_add(&all, &one);
		assert_int_equal(enc_statements_find(&all, one.key)->number, i);
	}
	enc_statements_done(&all);
}

/* ---- the file ---- */

static off_t file_size(void)
{
	struct stat status;

	assert_int_equal(fstatat(dir, ENC_MEMORY_FILE, &status, 0), 0);
	return status.st_size;
}

static void change_byte(off_t at, uint8_t mask)
{
	int fd = openat(dir, ENC_MEMORY_FILE, O_RDWR | O_CLOEXEC);
	uint8_t byte;

	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= mask;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	(void)close(fd);
}

static void test_missing(void **state)
{
	(void)state;
	assert_int_equal(try_open(keys), ENC_NOT_FOUND);
}

/* Each byte of the head and of the used slots, and one behind them. */
static void test_damaged(void **state)
{
	enum { SLOTS = 3 };
	struct enc_vault_memory *memory = open_with(keys, true);
	const off_t used =
		ENC_MEMORY_HEAD_BYTES + (off_t)SLOTS * ENC_MEMORY_SLOT_BYTES;

	(void)state;
	for (unsigned int i = 1; i <= SLOTS; i++) {
		assert_int_equal(enc_vault_memory_raise(memory, org, id, i), 0);
	}
	enc_vault_memory_free(memory);
	for (off_t at = 0; at < used + ENC_MEMORY_SLOT_BYTES; at++) {
		/* A slot behind them without an end would be torn. */
		off_t where = at < used ? at : at + ENC_MEMORY_SLOT_BYTES;

		change_byte(where, 0x10);
		if (try_open(keys) != ENC_INTERNAL) {
			fail_msg("byte %ld", (long)where);
		}
		change_byte(where, 0x10);
	}
	assert_int_equal(try_open(keys), ENC_OK);
}

static void copy_slot(unsigned int from, unsigned int to)
{
	uint8_t slot[ENC_MEMORY_SLOT_BYTES];
	int fd = openat(dir, ENC_MEMORY_FILE, O_RDWR | O_CLOEXEC);

	assert_int_equal(pread(fd, slot, sizeof(slot),
			       ENC_MEMORY_HEAD_BYTES +
				       (off_t)from * ENC_MEMORY_SLOT_BYTES),
			 sizeof(slot));
	assert_int_equal(pwrite(fd, slot, sizeof(slot),
				ENC_MEMORY_HEAD_BYTES +
					(off_t)to * ENC_MEMORY_SLOT_BYTES),
			 sizeof(slot));
	(void)close(fd);
}

/* A good slot at another place is damage. */
static void test_moved_slots(void **state)
{
	struct enc_vault_memory *memory = open_with(keys, true);

	(void)state;
	assert_int_equal(enc_vault_memory_raise(memory, org, id, 1), 0);
	assert_int_equal(enc_vault_memory_raise(memory, org, id, 2), 0);
	enc_vault_memory_free(memory);
	copy_slot(0, 1);
	assert_int_equal(try_open(keys), ENC_INTERNAL);
}

static void test_cut(void **state)
{
	struct enc_vault_memory *memory = open_with(keys, true);
	const off_t cuts[] = { 0, 1, ENC_MEMORY_HEAD_BYTES,
			       file_size() - ENC_MEMORY_SLOT_BYTES,
			       file_size() - 1 };

	(void)state;
	assert_int_equal(enc_vault_memory_raise(memory, org, id, 1), 0);
	enc_vault_memory_free(memory);
	for (size_t i = ENC_COUNT(cuts); i-- > 0;) {
		int fd = openat(dir, ENC_MEMORY_FILE, O_RDWR | O_CLOEXEC);

		assert_int_equal(ftruncate(fd, cuts[i]), 0);
		(void)close(fd);
		assert_int_equal(try_open(keys), ENC_INTERNAL);
	}
}

/* A crash leaves the first bytes of a slot: it was never reported. */
static void test_torn(void **state)
{
	struct enc_vault_memory *memory = open_with(keys, true);
	uint8_t part[ENC_MEMORY_SLOT_BYTES - 1];
	int fd;

	(void)state;
	memset(part, 0x55, sizeof(part));
	assert_int_equal(enc_vault_memory_raise(memory, org, id, 1), 0);
	fd = openat(dir, ENC_MEMORY_FILE, O_RDWR | O_CLOEXEC);
	for (size_t length = 1; length <= sizeof(part); length += 21) {
		enc_vault_memory_free(memory);
		assert_int_equal(pwrite(fd, part, length,
					ENC_MEMORY_HEAD_BYTES +
						ENC_MEMORY_SLOT_BYTES),
				 (ssize_t)length);
		memory = open_with(keys, false);
		assert_int_equal(enc_vault_memory_least(memory, org, id), 1);
	}
	assert_int_equal(enc_vault_memory_raise(memory, org, id, 2), 0);
	memory = open_again(memory);
	assert_int_equal(enc_vault_memory_least(memory, org, id), 2);
	enc_vault_memory_free(memory);
	(void)close(fd);
}

/* ---- keys ---- */

static void test_other_key(void **state)
{
	enc_vault_memory_free(open_with(keys, true));
	(void)state;
	assert_int_equal(try_open(other_keys), ENC_INTERNAL);
}

/* A new master key takes over; the signing key and all else stay. */
static void test_rotated(void **state)
{
	struct enc_vault_memory *memory = open_with(keys, true);
	struct enc_vault_statement statement = statement_of(1);
	uint8_t before[ENC_VAULT_KEY_BYTES];
	uint8_t after[ENC_VAULT_KEY_BYTES];

	(void)state;
	enc_vault_memory_public_key(memory, before);
	assert_int_equal(enc_vault_memory_raise(memory, org, id, 4), 0);
	assert_int_equal(sign(memory, &statement), 0);
	enc_vault_memory_free(memory);
	enc_vault_memory_free(open_with(both_keys, false));
	memory = open_with(other_keys, false);
	enc_vault_memory_public_key(memory, after);
	assert_memory_equal(before, after, sizeof(before));
	assert_int_equal(enc_vault_memory_least(memory, org, id), 4);
	statement.count++;
	assert_int_equal(sign(memory, &statement), -EEXIST);
	enc_vault_memory_free(memory);
	assert_int_equal(try_open(keys), ENC_INTERNAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_marks_last),
		TEST(test_grows),
		cmocka_unit_test(test_too_many_marks),
		TEST(test_signs_once),
		TEST(test_signature),
		TEST(test_malformed_statements),
		TEST(test_forgotten),
		cmocka_unit_test(test_statements),
		TEST(test_missing),
		TEST(test_damaged),
		TEST(test_moved_slots),
		TEST(test_cut),
		TEST(test_torn),
		TEST(test_other_key),
		TEST(test_rotated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
