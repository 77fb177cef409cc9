#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "audit_internal.h"
#include "audit_line.h"

/* What the vector was made of. */
static const struct enc_audit_genesis vector_genesis = {
	.org_id = "o-1",
	.sid = "s-0f9972a1b2-1",
	.request_sha256 =
		"1f58b9145b24d108d7ac38887338b3ea3229833b9c1e418250343f907bfd1047",
	.policy_sha256 =
		"823412d1eacb67956220e532959f0104603057c88704863ca38e7cd188fda812",
	.environment_sha256 =
		"ba5285161ba6eed0085fb13784ce5c92f70ebc268b94fd66aa1d68a32884204d",
};
enum { VECTOR_SECONDS = 1795327200 };

static uint8_t next_salt;

/* counting_salt() - 0101..., 0202..., as in the vector */
static void counting_salt(void *ret_bytes, size_t length)
{
	next_salt++;
	memset(ret_bytes, next_salt, length);
}

/* read_vector() - the file, whole */
static void read_vector(struct enc_buf *ret_bytes)
{
	const char *tests = getenv("ENCLAVE_TESTS");
	char path[1024];
	char piece[4096];
	size_t got;
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/vectors/audit.jsonl",
		       tests == NULL ? "tests" : tests);
	file = fopen(path, "re");
	assert_non_null(file);
	while ((got = fread(piece, 1, sizeof(piece), file)) > 0) {
		assert_int_equal(enc_buf_append(ret_bytes, piece, got), 0);
	}
	assert_int_equal(fclose(file), 0);
}

static void end_line(struct enc_buf *bundle)
{
	assert_int_equal(enc_buf_append(bundle, "\n", 1), 0);
}

/* put_egress() - an egress_denied with every member */
static void put_egress(struct enc_audit_event *event, const char *host,
		       size_t length)
{
	enc_audit_put_text(event, "host", host, length);
	enc_audit_put_string(event, "ip", "169.254.169.254");
	enc_audit_put_int(event, "port", 80);
	enc_audit_put_string(event, "proto", "tcp");
	enc_audit_put_string(event, "via", "connect");
	enc_audit_put_string(event, "rule", "deny-table: link-local");
	enc_audit_put_int(event, "count", 1);
}

/* The published vector, byte for byte. */
static void test_vector(void **state)
{
	ENC_AUTO(audit_event) created = ENC_AUDIT_EVENT(SESSION_CREATED);
	ENC_AUTO(audit_event) egress = ENC_AUDIT_EVENT(EGRESS_DENIED);
	ENC_AUTO(buf) bundle = ENC_BUF(1 << 16);
	ENC_AUTO(buf) vector = ENC_BUF(1 << 16);
	int64_t at = (int64_t)VECTOR_SECONDS * 1000;
	struct enc_audit_chain chain;

	(void)state;
	assert_int_equal(enc_audit_chain_begin(&chain, &vector_genesis, &bundle,
					       NULL),
			 ENC_OK);
	end_line(&bundle);
	next_salt = 0;
	chain.salt = counting_salt;

	enc_audit_put_string(&created, "language", "python");
	enc_audit_put_string(&created, "backend", "native");
	assert_int_equal(enc_audit_chain_append(&chain, &created, at, &bundle,
						NULL),
			 ENC_OK);
	end_line(&bundle);
	put_egress(&egress, "169.254.169.254", strlen("169.254.169.254"));
	assert_int_equal(enc_audit_chain_append(&chain, &egress, at + 1,
						&bundle, NULL),
			 ENC_OK);
	end_line(&bundle);
	assert_int_equal(enc_audit_chain_seal(&chain, "failed", at + 2, &bundle,
					      NULL),
			 ENC_OK);
	end_line(&bundle);

	read_vector(&vector);
	assert_int_equal(bundle.length, vector.length);
	assert_memory_equal(enc_buf_bytes(&bundle), enc_buf_bytes(&vector),
			    vector.length);
	assert_true(chain.sealed);
	assert_int_equal(chain.next_seq, 3);
}

/* new_chain() - with a genesis that nobody looks at */
static struct enc_audit_chain new_chain(void)
{
	ENC_AUTO(buf) genesis = ENC_BUF(ENC_AUDIT_GENESIS_MAX_BYTES);
	struct enc_audit_chain chain;

	assert_int_equal(enc_audit_chain_begin(&chain, &vector_genesis,
					       &genesis, NULL),
			 ENC_OK);
	return chain;
}

/* Every row makes a line with all members, and one without the optional. */
static void test_every_type(void **state)
{
	(void)state;
	for (int type = 1; type < ENC_AUDIT_TYPE_MAX; type++) {
		const struct enc_audit_type_row *info =
			enc_audit_type_info((enum enc_audit_type)type);

		assert_non_null(info->name);
		for (int all = 0; all < 2; all++) {
			ENC_AUTO(audit_event)
			event = ENC_AUDIT_EVENT(INVALID);
			const char *data = NULL;
			size_t length = 0;

			event.type = (enum enc_audit_type)type;
			for (size_t i = 0; info->members[i].name != NULL; i++) {
				if (all == 1 || !info->members[i].optional) {
					enc_audit_put_bool(
						&event, info->members[i].name,
						true);
				}
			}
			assert_int_equal(enc_audit_event_finish(&event, &data,
								&length),
					 0);
			assert_true(enc_audit_canonical(data, length, NULL));
		}
	}
}

/* What a program says drives nothing: ASCII, cut, always canonical. */
static void test_hostile_text(void **state)
{
	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(EGRESS_DENIED);
	struct enc_audit_chain chain = new_chain();
	ENC_AUTO(buf) line = ENC_BUF(ENC_AUDIT_LINE_MAX_BYTES);
	char host[2000];
	const char *text;

	(void)state;
	memset(host, '\x1b', sizeof(host));
	memcpy(host, "\"},\n\xff", 5);
	put_egress(&event, host, sizeof(host));
	assert_int_equal(enc_audit_chain_append(&chain, &event, 0, &line, NULL),
			 ENC_OK);
	assert_int_equal(enc_buf_append(&line, "", 1), 0);
	text = (const char *)enc_buf_bytes(&line);
	assert_non_null(strstr(text, "\"host\":\"\\\"},\\n\\ufffd\\u001b"));
	for (size_t i = 0; i + 1 < line.length; i++) {
		assert_in_range(text[i], ' ', '~');
	}
	assert_true(line.length < 8000); /* 1,024 bytes, six for each */
}

/* Integers that a double can't hold are held at its border. */
static void test_integer_border(void **state)
{
	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(SYSCALL_DENIED);
	const char *data = NULL;
	size_t length = 0;

	(void)state;
	enc_audit_put_string(&event, "name", NULL);
	enc_audit_put_int(&event, "count", INT64_MAX);
	assert_int_equal(enc_audit_event_finish(&event, &data, &length), 0);
	assert_int_equal(strncmp(data,
				 "{\"name\":null,\"count\":"
				 "9007199254740991}",
				 length),
			 0);
}

/* An event that is too large is refused, the chain stays where it was. */
static void test_too_large(void **state)
{
	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(SANDBOX_STARTED);
	ENC_AUTO(buf) line = ENC_BUF(ENC_AUDIT_LINE_MAX_BYTES);
	struct enc_audit_chain chain = new_chain();
	struct enc_audit_chain before = chain;
	struct enc_error err = { 0 };
	char json[ENC_AUDIT_DATA_MAX_BYTES];

	(void)state;
	memset(json, 'x', sizeof(json));
	json[0] = '"';
	json[sizeof(json) - 2] = '"';
	json[sizeof(json) - 1] = '\0';
	enc_audit_put_json(&event, "isolation", json);
	enc_audit_put_json(&event, "selfCheck", "[]");
	assert_int_equal(enc_audit_chain_append(&chain, &event, 0, &line, &err),
			 ENC_LIMIT);
	assert_string_equal(err.message, "event sandbox_started is too large");
	assert_memory_equal(&chain, &before, sizeof(chain));
	assert_int_equal(line.length, 0);
}

/* The largest event that the builder takes fits a stored line. */
static void test_largest_fits(void **state)
{
	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(RESULT_REJECTED);
	ENC_AUTO(buf) line = ENC_BUF(ENC_AUDIT_LINE_MAX_BYTES);
	struct enc_audit_chain chain = new_chain();
	char json[ENC_AUDIT_DATA_MAX_BYTES - sizeof("{\"reason\":}") + 2];

	(void)state;
	memset(json, 'x', sizeof(json));
	json[0] = '"';
	json[sizeof(json) - 2] = '"';
	json[sizeof(json) - 1] = '\0';
	chain.next_seq = ENC_AUDIT_INT_MAX - 1;
	memset(chain.sid, 'a', sizeof(chain.sid) - 1);
	enc_audit_put_json(&event, "reason", json);
	assert_int_equal(event.data.length, ENC_AUDIT_DATA_MAX_BYTES - 1);
	assert_int_equal(enc_audit_chain_append(&chain, &event, 0, &line, NULL),
			 ENC_OK);
}

/* 2^53 lines are the end, not a wrap. */
static void test_seq_overflow(void **state)
{
	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(SESSION_TORN_DOWN);
	ENC_AUTO(buf) line = ENC_BUF(ENC_AUDIT_LINE_MAX_BYTES);
	struct enc_audit_chain chain = new_chain();

	(void)state;
	chain.next_seq = ENC_AUDIT_INT_MAX;
	assert_int_equal(enc_audit_chain_append(&chain, &event, 0, &line, NULL),
			 ENC_LIMIT);
}

/* After the seal there is nothing more. */
static void test_sealed(void **state)
{
	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(SESSION_TORN_DOWN);
	ENC_AUTO(buf) line = ENC_BUF(ENC_AUDIT_LINE_MAX_BYTES);
	struct enc_audit_chain chain = new_chain();

	(void)state;
	assert_int_equal(enc_audit_chain_seal(&chain, "killed", 0, &line, NULL),
			 ENC_OK);
	assert_int_equal(enc_audit_chain_append(&chain, &event, 0, &line, NULL),
			 ENC_CONFLICT);
	assert_int_equal(enc_audit_chain_seal(&chain, "killed", 0, &line, NULL),
			 ENC_CONFLICT);
}

/* Going on from what is stored is going on from memory. */
static void test_resume(void **state)
{
	ENC_AUTO(buf) genesis = ENC_BUF(ENC_AUDIT_GENESIS_MAX_BYTES);
	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(SESSION_TORN_DOWN);
	ENC_AUTO(buf) line = ENC_BUF(1 << 16);
	struct enc_audit_chain chain;
	struct enc_audit_chain again;

	(void)state;
	assert_int_equal(enc_audit_chain_begin(&chain, &vector_genesis,
					       &genesis, NULL),
			 ENC_OK);
	assert_int_equal(enc_audit_chain_resume(
				 &again, (const char *)enc_buf_bytes(&genesis),
				 genesis.length, NULL),
			 ENC_OK);
	assert_memory_equal(&again, &chain, sizeof(chain));

	assert_int_equal(enc_audit_chain_append(&chain, &event, 0, &line, NULL),
			 ENC_OK);
	assert_int_equal(enc_audit_chain_resume(
				 &again, (const char *)enc_buf_bytes(&line),
				 line.length, NULL),
			 ENC_OK);
	assert_memory_equal(&again, &chain, sizeof(chain));

	enc_buf_clear(&line);
	assert_int_equal(enc_audit_chain_seal(&chain, "failed", 0, &line, NULL),
			 ENC_OK);
	assert_int_equal(enc_audit_chain_resume(
				 &again, (const char *)enc_buf_bytes(&line),
				 line.length, NULL),
			 ENC_OK);
	assert_memory_equal(&again, &chain, sizeof(chain));

	line.memory[line.length - 5] ^= 1;
	assert_int_equal(enc_audit_chain_resume(
				 &again, (const char *)enc_buf_bytes(&line),
				 line.length, NULL),
			 ENC_INTERNAL);
	assert_memory_equal(&again, &chain, sizeof(chain));
}

/* Salts differ unless a test says otherwise. */
static void test_salts_differ(void **state)
{
	ENC_AUTO(audit_event) one = ENC_AUDIT_EVENT(SESSION_TORN_DOWN);
	ENC_AUTO(audit_event) other = ENC_AUDIT_EVENT(SESSION_TORN_DOWN);
	ENC_AUTO(buf) first = ENC_BUF(ENC_AUDIT_LINE_MAX_BYTES);
	ENC_AUTO(buf) second = ENC_BUF(ENC_AUDIT_LINE_MAX_BYTES);
	struct enc_audit_chain chain = new_chain();
	struct enc_audit_chain same = chain;

	(void)state;
	assert_int_equal(enc_audit_chain_append(&chain, &one, 0, &first, NULL),
			 ENC_OK);
	assert_int_equal(enc_audit_chain_append(&same, &other, 0, &second,
						NULL),
			 ENC_OK);
	assert_int_equal(first.length, second.length);
	assert_memory_not_equal(enc_buf_bytes(&first), enc_buf_bytes(&second),
				first.length);
}

static const struct spelling {
	const char *json;
	bool canonical;
} spellings[] = {
	{ "{}", true },
	{ "{\"a\":[1,-5,0,true,false,null,\"x\"],\"b\":{}}", true },
	{ "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f\\u007f\\u00e9\\ud83d\\ude00\"",
	  true },
	{ "9007199254740991", true },
	{ "-9007199254740991", true },
	{ "{ }", false },
	{ "{} ", false },
	{ "[1, 2]", false },
	{ "[1 ,2]", false },
	{ "\"\xc3\xa9\"", false },
	{ "\"\\u00E9\"", false },
	{ "\"\\/\"", false },
	{ "\"\\u0041\"", false },
	{ "\"\\u000a\"", false },
	{ "\"\x7f\"", false },
	{ "1.0", false },
	{ "1e3", false },
	{ "1E3", false },
	{ "-0", false },
	{ "9007199254740992", false },
	{ "-9007199254740992", false },
	{ "99999999999999999999999999", false },
	{ "{\"a\":1,\"a\":1}", false },
	{ "", false },
	{ "[", false },
};

static void test_spellings(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENC_COUNT(spellings); i++) {
		size_t at = 0;

		if (enc_audit_canonical(spellings[i].json,
					strlen(spellings[i].json),
					&at) != spellings[i].canonical) {
			fail_msg("%s", spellings[i].json);
		}
	}
}

static const struct id_row {
	const char *id;
	bool good;
} id_rows[] = {
	{ "o-1", true },
	{ "s-0f9972a1b2-1", true },
	{ "0000000000000000000000000000000000000000000000000000000000000000",
	  true },
	{ "", false },
	{ "S-1", false },
	{ "a b", false },
	{ "a\"", false },
	{ "00000000000000000000000000000000000000000000000000000000000000000",
	  false },
};

static void test_ids(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENC_COUNT(id_rows); i++) {
		struct enc_audit_piece id = { id_rows[i].id,
					      strlen(id_rows[i].id) };

		assert_int_equal(enc_audit_id_ok(id), id_rows[i].good);
	}
}

/* FIPS 180-2, and that a context can be used again. */
static void test_sha256(void **state)
{
	struct enc_sha256 *digest = enc_sha256_new();
	char hex[ENC_SHA256_HEX_BYTES];

	(void)state;
	for (int i = 0; i < 2; i++) {
		enc_sha256_begin(digest);
		enc_sha256_add(digest, "a", 1);
		enc_sha256_add(digest, NULL, 0);
		enc_sha256_add(digest, "bc", 2);
		enc_sha256_end(digest, hex);
		assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223"
					 "b00361a396177a9cb410ff61f20015ad");
	}
	enc_sha256_free(digest);
	enc_sha256_hex("", 0, hex);
	assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb924"
				 "27ae41e4649b934ca495991b7852b855");
}

int main(void)
{
	const struct CMUnitTest suite[] = {
		cmocka_unit_test(test_vector),
		cmocka_unit_test(test_every_type),
		cmocka_unit_test(test_hostile_text),
		cmocka_unit_test(test_integer_border),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_largest_fits),
		cmocka_unit_test(test_seq_overflow),
		cmocka_unit_test(test_sealed),
		cmocka_unit_test(test_resume),
		cmocka_unit_test(test_salts_differ),
		cmocka_unit_test(test_spellings),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_sha256),
	};

	return cmocka_run_group_tests_name("audit_line", suite, NULL, NULL);
}
