#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "audit_internal.h"
#include "audit_verify.h"
#include "hex.h"

/*
 * A bundle that a test takes apart: its lines, each with LF. Mutants are made
 * from them, and what the verifier says of each is compared.
 */
enum { LINES_MAX = 160, BUNDLE_MAX_BYTES = 1 << 18 };

struct bundle {
	struct enc_buf bytes;
	size_t count;
	struct enc_audit_piece lines[LINES_MAX];
};

/* split() - find the lines anew */
static void split(struct bundle *bundle)
{
	const char *at = (const char *)enc_buf_bytes(&bundle->bytes);
	const char *end = at + bundle->bytes.length;

	bundle->count = 0;
	while (at < end) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));

		assert_non_null(lf);
		assert_true(bundle->count < LINES_MAX);
		bundle->lines[bundle->count++] =
			(struct enc_audit_piece){ at, (size_t)(lf - at) + 1 };
		at = lf + 1;
	}
}

/* read_vector() - genesis, seq 0, 1 and the seal */
static void read_vector(struct bundle *bundle)
{
	const char *tests = getenv("ENCLAVE_TESTS");
	char path[1024];
	char piece[4096];
	size_t got;
	FILE *file;

	*bundle = (struct bundle){ .bytes = ENC_BUF(BUNDLE_MAX_BYTES) };
	(void)snprintf(path, sizeof(path), "%s/vectors/audit.jsonl",
		       tests == NULL ? "tests" : tests);
	file = fopen(path, "re");
	assert_non_null(file);
	while ((got = fread(piece, 1, sizeof(piece), file)) > 0) {
		assert_int_equal(enc_buf_append(&bundle->bytes, piece, got), 0);
	}
	assert_int_equal(fclose(file), 0);
	split(bundle);
	assert_int_equal(bundle->count, 4);
}

static void no_salt(void *ret_bytes, size_t length)
{
	memset(ret_bytes, 7, length);
}

static const char some_hash[] =
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/* make() - a sealed bundle of @events events of a session */
static void make(struct bundle *bundle, const char *sid, size_t events)
{
	const struct enc_audit_genesis genesis = {
		.org_id = "o-1",
		.sid = sid,
		.request_sha256 = some_hash,
		.policy_sha256 = some_hash,
		.environment_sha256 = some_hash,
	};
	struct enc_audit_chain chain;

	*bundle = (struct bundle){ .bytes = ENC_BUF(BUNDLE_MAX_BYTES) };
	assert_int_equal(enc_audit_chain_begin(&chain, &genesis, &bundle->bytes,
					       NULL),
			 ENC_OK);
	chain.salt = no_salt;
	for (size_t i = 0; i + 1 < events; i++) {
		ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(SYSCALL_DENIED);

		enc_audit_put_string(&event, "name", "bpf\n\"\xc3\xa9");
		enc_audit_put_int(&event, "count", (int64_t)i);
		assert_int_equal(enc_buf_append(&bundle->bytes, "\n", 1), 0);
		assert_int_equal(enc_audit_chain_append(&chain, &event,
							(int64_t)i * 1000,
							&bundle->bytes, NULL),
				 ENC_OK);
	}
	assert_int_equal(enc_buf_append(&bundle->bytes, "\n", 1), 0);
	assert_int_equal(enc_audit_chain_seal(&chain, "failed", 0,
					      &bundle->bytes, NULL),
			 ENC_OK);
	assert_int_equal(enc_buf_append(&bundle->bytes, "\n", 1), 0);
	split(bundle);
}

static void bundle_done(struct bundle *bundle)
{
	enc_buf_done(&bundle->bytes);
}

/* add_line() - one line to a mutant */
static void add_line(struct enc_buf *mutant, struct enc_audit_piece line)
{
	assert_int_equal(enc_buf_append(mutant, line.text, line.length), 0);
}

static struct enc_audit_report verify(const struct enc_buf *bytes)
{
	struct enc_audit_report report;

	enc_audit_verify(enc_buf_bytes(bytes), bytes->length, &report);
	return report;
}

/* expect() - verdict, place and sentence of a mutant */
static void expect(const struct enc_buf *mutant, enum enc_audit_verdict verdict,
		   uint64_t line, const char *message)
{
	struct enc_audit_report report = verify(mutant);

	assert_string_equal(report.message, message);
	assert_int_equal(report.verdict, verdict);
	assert_int_equal(report.line, line);
}

static void test_good(void **state)
{
	struct enc_audit_report report;
	struct bundle bundle;

	(void)state;
	read_vector(&bundle);
	report = verify(&bundle.bytes);
	assert_string_equal(report.message, "3 events, sealed");
	assert_int_equal(report.verdict, ENC_AUDIT_VERDICT_OK);
	assert_int_equal(report.events, 3);
	assert_string_equal(report.org_id, "o-1");
	assert_string_equal(report.sid, "s-0f9972a1b2-1");
	assert_string_equal(
		report.head,
		"4bfc973819fc7cd772828d0b925199b3027b1cb4f99ecddff3b26fe50b66d166");
	bundle_done(&bundle);
}

/* Any piece size gives the same report, of a good bundle and a bad one. */
static void test_pieces(void **state)
{
	struct bundle bundle;

	(void)state;
	read_vector(&bundle);
	for (int bad = 0; bad < 2; bad++) {
		struct enc_audit_report whole = verify(&bundle.bytes);

		for (size_t size = 1; size < 700; size += size < 9 ? 1 : 37) {
			struct enc_audit_verifier *v = enc_audit_verifier_new();
			struct enc_audit_report report;

			for (size_t at = 0; at < bundle.bytes.length;
			     at += size) {
				enc_audit_verifier_feed(
					v, enc_buf_bytes(&bundle.bytes) + at,
					ENC_MIN(size,
						bundle.bytes.length - at));
			}
			enc_audit_verifier_end(v, &report);
			enc_audit_verifier_free(v);
			assert_memory_equal(&report, &whole, sizeof(report));
		}
		bundle.bytes.memory[bundle.bytes.length - 100] ^= 1;
	}
	bundle_done(&bundle);
}

/* flip_bits() - every @stride-th bit, alone: never ok */
static void flip_bits(struct bundle *bundle, size_t stride)
{
	uint8_t *bytes = bundle->bytes.memory;

	assert_int_equal(verify(&bundle->bytes).verdict, ENC_AUDIT_VERDICT_OK);
	for (size_t bit = 0; bit < bundle->bytes.length * 8; bit += stride) {
		struct enc_audit_report report;

		bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
		report = verify(&bundle->bytes);
		bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
		if (report.verdict != ENC_AUDIT_VERDICT_TAMPERED &&
		    report.verdict != ENC_AUDIT_VERDICT_VERSION) {
			fail_msg("bit %zu: %s", bit, report.message);
		}
		assert_true(report.line > 0 &&
			    report.line <= bundle->count + 1);
		/* What the genesis says is believed until the next line. */
		assert_true(report.offset <= bit / 8 ||
			    bit / 8 < bundle->lines[0].length);
	}
}

static void test_every_bit_of_the_vector(void **state)
{
	struct bundle bundle;

	(void)state;
	read_vector(&bundle);
	flip_bits(&bundle, 1);
	bundle_done(&bundle);
}

/* 64 KiB: all bits with ENCLAVE_LONG set, else one in 101 */
static void test_bits_of_64_kib(void **state)
{
	struct bundle bundle;

	(void)state;
	make(&bundle, "s-0f9972a1b2-2", LINES_MAX - 1);
	assert_true(bundle.bytes.length >= 60000);
	flip_bits(&bundle, getenv("ENCLAVE_LONG") == NULL ? 101 : 1);
	bundle_done(&bundle);
}

/* Wherever it is cut, it isn't ok; at a line's end it looks like a live one. */
static void test_every_truncation(void **state)
{
	struct bundle bundle;
	size_t open = 0;

	(void)state;
	read_vector(&bundle);
	for (size_t length = 0; length < bundle.bytes.length; length++) {
		struct enc_audit_report report;

		enc_audit_verify(enc_buf_bytes(&bundle.bytes), length, &report);
		if (report.verdict == ENC_AUDIT_VERDICT_OPEN) {
			open++;
		} else {
			/* `{"orgId":"` has ten bytes. */
			assert_int_equal(report.verdict,
					 length < 10
						 ? ENC_AUDIT_VERDICT_NO_BUNDLE
						 : ENC_AUDIT_VERDICT_TAMPERED);
		}
	}
	assert_int_equal(open, 3);
	bundle.bytes.length -= bundle.lines[3].length;
	expect(&bundle.bytes, ENC_AUDIT_VERDICT_OPEN, 4,
	       "chain is not sealed after 2 events: the tail may be cut");
	bundle.bytes.length -= 1;
	expect(&bundle.bytes, ENC_AUDIT_VERDICT_TAMPERED, 3,
	       "line 3 is cut: it has no end");
	bundle.bytes.length = 0;
	expect(&bundle.bytes, ENC_AUDIT_VERDICT_NO_BUNDLE, 0,
	       "this is no audit bundle; `enclave audit export SESSION` writes "
	       "one");
	bundle_done(&bundle);
}

/* Python signed the vector, with the key of the seed 00 01 ... 1f. */
static void test_signed(void **state)
{
	static const char key_hex[] = "03a107bff3ce10be1d70dd18e74bc099"
				      "67e4d6309ba50d5f1ddc8664125531b8";
	static const char signature_hex[] = "545c85b01f20037e0e867cfd8e35be17"
					    "8e2be3bd73c82c04ba221a08e7a55d0d"
					    "2b11eeb50077292964258fe04f7ecf0d"
					    "77b9f03fc0f3b14787915ce6b8752808";
	struct bundle bundle;
	uint8_t key[ENC_SIGNED_HEAD_KEY_BYTES];
	uint8_t signature[ENC_SIGNED_HEAD_SIGNATURE_BYTES];
	struct enc_audit_report report;

	(void)state;
	read_vector(&bundle);
	assert_int_equal(enc_hex_decode(key_hex, strlen(key_hex), key), 0);
	assert_int_equal(enc_hex_decode(signature_hex, strlen(signature_hex),
					signature),
			 0);
	report = verify(&bundle.bytes);
	enc_audit_report_signed(&report, key, signature);
	assert_int_equal(report.verdict, ENC_AUDIT_VERDICT_OK);
	for (size_t i = 0; i < sizeof(signature) * 8; i++) {
		signature[i / 8] ^= (uint8_t)(1 << i % 8);
		report = verify(&bundle.bytes);
		enc_audit_report_signed(&report, key, signature);
		assert_int_equal(report.verdict, ENC_AUDIT_VERDICT_NOT_SIGNED);
		assert_string_equal(enc_audit_verdict_name(report.verdict),
				    "not_signed");
		signature[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	/* Each fact that is signed. */
	report = verify(&bundle.bytes);
	report.last_ms++;
	enc_audit_report_signed(&report, key, signature);
	assert_int_equal(report.verdict, ENC_AUDIT_VERDICT_NOT_SIGNED);
	report = verify(&bundle.bytes);
	report.events--;
	enc_audit_report_signed(&report, key, signature);
	assert_int_equal(report.verdict, ENC_AUDIT_VERDICT_NOT_SIGNED);
	report = verify(&bundle.bytes);
	report.head[0] = report.head[0] == '0' ? '1' : '0';
	enc_audit_report_signed(&report, key, signature);
	assert_int_equal(report.verdict, ENC_AUDIT_VERDICT_NOT_SIGNED);
	report = verify(&bundle.bytes);
	report.org_id[0] = 'p';
	enc_audit_report_signed(&report, key, signature);
	assert_int_equal(report.verdict, ENC_AUDIT_VERDICT_NOT_SIGNED);
	/* A log with a fault, or without a seal, keeps its verdict. */
	bundle.bytes.length--;
	report = verify(&bundle.bytes);
	enc_audit_report_signed(&report, key, signature);
	assert_int_equal(report.verdict, ENC_AUDIT_VERDICT_TAMPERED);
	bundle_done(&bundle);
}

/* Each line removed, doubled, or exchanged with each other one. */
static void test_lines_moved(void **state)
{
	struct bundle bundle;

	(void)state;
	make(&bundle, "s-0f9972a1b2-2", 9);
	for (size_t i = 0; i < bundle.count; i++) {
		for (size_t j = 0; j < bundle.count; j++) {
			ENC_AUTO(buf) swapped = ENC_BUF(BUNDLE_MAX_BYTES);
			ENC_AUTO(buf) moved = ENC_BUF(BUNDLE_MAX_BYTES);

			for (size_t k = 0; k < bundle.count; k++) {
				size_t from = k == i ? j : k == j ? i : k;

				add_line(&swapped, bundle.lines[from]);
				if (k != i) {
					add_line(&moved, bundle.lines[k]);
				}
				if (k == j) {
					add_line(&moved, bundle.lines[i]);
				}
			}
			/* moved: i stands behind j; doubled when i == j - 1 */
			if (i != j) {
				assert_int_not_equal(verify(&swapped).verdict,
						     ENC_AUDIT_VERDICT_OK);
			}
			if (i != j && i != j + 1) {
				assert_int_not_equal(verify(&moved).verdict,
						     ENC_AUDIT_VERDICT_OK);
			}
		}
	}
	for (size_t i = 0; i < bundle.count; i++) {
		ENC_AUTO(buf) removed = ENC_BUF(BUNDLE_MAX_BYTES);
		ENC_AUTO(buf) doubled = ENC_BUF(BUNDLE_MAX_BYTES);

		for (size_t k = 0; k < bundle.count; k++) {
			add_line(&doubled, bundle.lines[k]);
			add_line(k == i ? &doubled : &removed, bundle.lines[k]);
		}
		assert_int_not_equal(verify(&removed).verdict,
				     ENC_AUDIT_VERDICT_OK);
		assert_int_equal(verify(&doubled).verdict,
				 ENC_AUDIT_VERDICT_TAMPERED);
	}
	bundle_done(&bundle);
}

/* A story of lines by their places in the vector or a longer bundle. */
static const struct order {
	size_t lines[8]; /* 9: the end */
	enum enc_audit_verdict verdict;
	uint64_t line;
	const char *message;
} orders[] = {
	{ { 0, 1, 2, 4, 3, 5, 9 },
	  ENC_AUDIT_VERDICT_TAMPERED,
	  5,
	  "line 5 is out of order: seq 2 after 3" },
	{ { 0, 1, 2, 4, 5, 3, 9 },
	  ENC_AUDIT_VERDICT_TAMPERED,
	  6,
	  "line 6 is out of order: seq 2 after 4" },
	{ { 0, 1, 2, 4, 5, 9 },
	  ENC_AUDIT_VERDICT_TAMPERED,
	  4,
	  "seq 2 is missing: line 4 has seq 3" },
	{ { 0, 2, 3, 4, 5, 9 },
	  ENC_AUDIT_VERDICT_TAMPERED,
	  2,
	  "seq 0 is missing: line 2 has seq 1" },
	{ { 0, 1, 2, 2, 3, 4, 5, 9 },
	  ENC_AUDIT_VERDICT_TAMPERED,
	  4,
	  "line 4 repeats seq 1" },
	{ { 0, 1, 2, 3, 1, 4, 5, 9 },
	  ENC_AUDIT_VERDICT_TAMPERED,
	  5,
	  "line 5 is out of order: seq 0 after 2" },
	{ { 0, 1, 2, 3, 4, 5, 1, 9 },
	  ENC_AUDIT_VERDICT_TAMPERED,
	  7,
	  "line 7 comes after the seal" },
	{ { 0, 1, 2, 3, 4, 9 },
	  ENC_AUDIT_VERDICT_OPEN,
	  6,
	  "chain is not sealed after 4 events: the tail may be cut" },
	{ { 0, 9 },
	  ENC_AUDIT_VERDICT_OPEN,
	  2,
	  "chain is not sealed after 0 events: the tail may be cut" },
	{ { 1, 2, 9 },
	  ENC_AUDIT_VERDICT_TAMPERED,
	  1,
	  "line 1 is no genesis: at byte 0, not {\"orgId\":\"" },
	{ { 0, 0, 1, 9 },
	  ENC_AUDIT_VERDICT_TAMPERED,
	  2,
	  "line 2 has not the canonical form: at byte 0, not {\"v\":" },
};

static void test_orders(void **state)
{
	struct bundle bundle;

	(void)state;
	make(&bundle, "s-0f9972a1b2-2", 5);
	for (size_t i = 0; i < ENC_COUNT(orders); i++) {
		ENC_AUTO(buf) mutant = ENC_BUF(BUNDLE_MAX_BYTES);

		for (size_t k = 0; orders[i].lines[k] != 9; k++) {
			add_line(&mutant, bundle.lines[orders[i].lines[k]]);
		}
		expect(&mutant, orders[i].verdict, orders[i].line,
		       orders[i].message);
	}
	bundle_done(&bundle);
}

/* replace() - @find once in @text by @put; the mutant's bytes */
static void replace(struct enc_buf *mutant, const struct enc_buf *text,
		    const char *find, const char *put)
{
	const char *begin = (const char *)enc_buf_bytes(text);
	const char *at = memmem(begin, text->length, find, strlen(find));
	size_t before;

	assert_non_null(at);
	before = (size_t)(at - begin);
	assert_int_equal(enc_buf_append(mutant, begin, before), 0);
	assert_int_equal(enc_buf_append(mutant, put, strlen(put)), 0);
	assert_int_equal(enc_buf_append(mutant, at + strlen(find),
					text->length - before - strlen(find)),
			 0);
}

/* One place of the vector spelled otherwise; mostly the same to a lax reader */
static const struct edit {
	const char *find;
	const char *put;
	enum enc_audit_verdict verdict;
	const char *message; /* NULL: any */
} edits[] = {
	/* unknown versions: the first line decides, later ones may not differ
	 */
	{ "{\"v\":1,", "{\"v\":2,", ENC_AUDIT_VERDICT_VERSION,
	  "line 2 is of version 2, this verifier knows 1" },
	{ "\n{\"v\":1,\"sid\":\"s-0f9972a1b2-1\",\"seq\":1",
	  "\n{\"v\":2,\"sid\":\"s-0f9972a1b2-1\",\"seq\":1",
	  ENC_AUDIT_VERDICT_TAMPERED,
	  "line 3 is of version 2, those before it of 1" },
	{ "{\"v\":1,", "{\"v\":01,", ENC_AUDIT_VERDICT_TAMPERED, NULL },
	{ "{\"v\":1,", "{\"v\":\"1\",", ENC_AUDIT_VERDICT_TAMPERED, NULL },
	{ "{\"v\":1,", "{\"v\":1.0,", ENC_AUDIT_VERDICT_TAMPERED, NULL },
	/* spaces, line ends, a mark */
	{ "{\"v\":1,", "{ \"v\":1,", ENC_AUDIT_VERDICT_TAMPERED, NULL },
	{ "\"seq\":1,", "\"seq\": 1,", ENC_AUDIT_VERDICT_TAMPERED, NULL },
	{ "{\"language\"", "{ \"language\"", ENC_AUDIT_VERDICT_TAMPERED,
	  "line 2 has not the canonical form: at byte 299, not canonical "
	  "JSON" },
	{ "}\n{\"v\"", "}\r\n{\"v\"", ENC_AUDIT_VERDICT_TAMPERED,
	  "line 1 is no genesis: at byte 290, not the end of the line" },
	{ "}\n{\"v\"", "}\n\n{\"v\"", ENC_AUDIT_VERDICT_TAMPERED, NULL },
	{ "{\"orgId\"", "\xef\xbb\xbf{\"orgId\"", ENC_AUDIT_VERDICT_TAMPERED,
	  NULL },
	/* members: more, twice, in another order */
	{ "},\"hash\":", "},\"x\":1,\"hash\":", ENC_AUDIT_VERDICT_TAMPERED,
	  NULL },
	{ "},\"hash\":", "},\"hash\":\"\",\"hash\":",
	  ENC_AUDIT_VERDICT_TAMPERED, NULL },
	{ "{\"v\":1,", "{\"v\":1,\"v\":1,", ENC_AUDIT_VERDICT_TAMPERED, NULL },
	{ "{\"language\":", "{\"language\":1,\"language\":",
	  ENC_AUDIT_VERDICT_TAMPERED, NULL },
	{ "{\"v\":1,\"sid\":\"s-0f9972a1b2-1\"",
	  "{\"sid\":\"s-0f9972a1b2-1\",\"v\":1", ENC_AUDIT_VERDICT_TAMPERED,
	  NULL },
	/* strings and numbers */
	{ "\"python\"", "\"pytho\\u006e\"", ENC_AUDIT_VERDICT_TAMPERED, NULL },
	{ "\"python\"", "\"pythom\"", ENC_AUDIT_VERDICT_TAMPERED,
	  "line 2 (seq 0): data does not match its dataSha256" },
	{ "\"port\":80", "\"port\":8e1", ENC_AUDIT_VERDICT_TAMPERED, NULL },
	{ "\"port\":80", "\"port\":80.0", ENC_AUDIT_VERDICT_TAMPERED, NULL },
	{ "\"seq\":0", "\"seq\":00", ENC_AUDIT_VERDICT_TAMPERED, NULL },
	{ "\"seq\":0", "\"seq\":-0", ENC_AUDIT_VERDICT_TAMPERED, NULL },
	{ "\"seq\":0", "\"seq\":9007199254740993", ENC_AUDIT_VERDICT_TAMPERED,
	  "line 2 has not the canonical form: at byte 36, not an integer below "
	  "2^53" },
	{ "\"seq\":0", "\"seq\":18446744073709551616",
	  ENC_AUDIT_VERDICT_TAMPERED, NULL },
	{ "\"seq\":1,", "\"seq\":4,", ENC_AUDIT_VERDICT_TAMPERED,
	  "line 3 (seq 4): hash does not match its content" },
	{ "4202646688aa", "4202646688AA", ENC_AUDIT_VERDICT_TAMPERED, NULL },
	{ "\"count\":3", "\"count\":4", ENC_AUDIT_VERDICT_TAMPERED, NULL },
	{ "o-1", "o-2", ENC_AUDIT_VERDICT_TAMPERED,
	  "line 2 (seq 0): prev is not the hash of the genesis" },
	/* half of an erasure */
	{ "\"salt\":\"01010101010101010101010101010101\"", "\"salt\":null",
	  ENC_AUDIT_VERDICT_TAMPERED, NULL },
	{ "\"data\":{\"language\":\"python\",\"backend\":\"native\"}",
	  "\"data\":null", ENC_AUDIT_VERDICT_TAMPERED, NULL },
	/* times that there are not */
	{ "2026-11-22T06", "2026-11-31T06", ENC_AUDIT_VERDICT_TAMPERED, NULL },
	{ "2026-11-22T06", "2026-02-29T06", ENC_AUDIT_VERDICT_TAMPERED, NULL },
	{ "2026-11-22T06", "2026-13-22T06", ENC_AUDIT_VERDICT_TAMPERED, NULL },
	{ "2026-11-22T06", "2026-11-22t06", ENC_AUDIT_VERDICT_TAMPERED, NULL },
	{ "2026-11-22T06", "2026-11-22T24", ENC_AUDIT_VERDICT_TAMPERED,
	  "line 2 has not the canonical form: at byte 55, not a time" },
	{ "06:00:00.000Z", "06:00:60.000Z", ENC_AUDIT_VERDICT_TAMPERED, NULL },
	{ "06:00:00.000Z", "06:00:00Z", ENC_AUDIT_VERDICT_TAMPERED, NULL },
};

static void test_edits(void **state)
{
	struct bundle bundle;

	(void)state;
	read_vector(&bundle);
	for (size_t i = 0; i < ENC_COUNT(edits); i++) {
		ENC_AUTO(buf) mutant = ENC_BUF(BUNDLE_MAX_BYTES);
		struct enc_audit_report report;

		replace(&mutant, &bundle.bytes, edits[i].find, edits[i].put);
		report = verify(&mutant);
		if (report.verdict != edits[i].verdict ||
		    (edits[i].message != NULL &&
		     strcmp(report.message, edits[i].message) != 0)) {
			fail_msg("%s: %d %s", edits[i].put, (int)report.verdict,
				 report.message);
		}
	}
	bundle_done(&bundle);
}

/* forge() - the vector's line @which with new text, its hash made to fit */
static void forge(struct bundle *bundle, size_t which, const char *find,
		  const char *put, struct enc_buf *mutant)
{
	struct enc_sha256 *digest = enc_sha256_new();
	ENC_AUTO(buf) line = ENC_BUF(ENC_AUDIT_LINE_MAX_BYTES);
	ENC_AUTO(buf) other = ENC_BUF(ENC_AUDIT_LINE_MAX_BYTES);
	struct enc_audit_fields fields;
	struct enc_audit_refusal refusal;
	char hash[ENC_SHA256_HEX_BYTES];
	size_t hash_at;

	add_line(&line, bundle->lines[which]);
	replace(&other, &line, find, put);
	assert_int_equal(
		enc_audit_parse_line((const char *)enc_buf_bytes(&other),
				     other.length - 1, &fields, &refusal),
		0);
	enc_audit_hash_header(digest, fields.header, hash);
	enc_sha256_free(digest);
	hash_at = other.length - 1 - 2 - strlen(hash);
	memcpy(other.memory + hash_at, hash, strlen(hash));
	for (size_t k = 0; k < bundle->count; k++) {
		add_line(mutant,
			 k == which ? (struct enc_audit_piece){ (char *)other
									.memory,
								other.length }
				    : bundle->lines[k]);
	}
}

/* Lines whose own hash is right, but which don't belong there. */
static const struct forgery {
	size_t line;
	const char *find;
	const char *put;
	const char *message;
} forgeries[] = {
	{ 1, "s-0f9972a1b2-1", "s-0f9972a1b2-3",
	  "line 2 (seq 0) is of session s-0f9972a1b2-3, not of s-0f9972a1b2-1" },
	{ 2, "egress_denied", "egress_allowed",
	  "line 4 (seq 2): prev is not the hash of the line before" },
	{ 2, "\"prev\":\"42", "\"prev\":\"43",
	  "line 3 (seq 1): prev is not the hash of the line before" },
	{ 2, "\"dataSha256\":\"c3", "\"dataSha256\":\"c4",
	  "line 3 (seq 1): data does not match its dataSha256" },
	{ 2, "\"seq\":1", "\"seq\":9007199254740991",
	  "seq 1 is missing: line 3 has seq 9007199254740991" },
};

static void test_forgeries(void **state)
{
	struct bundle bundle;

	(void)state;
	read_vector(&bundle);
	for (size_t i = 0; i < ENC_COUNT(forgeries); i++) {
		ENC_AUTO(buf) mutant = ENC_BUF(BUNDLE_MAX_BYTES);

		forge(&bundle, forgeries[i].line, forgeries[i].find,
		      forgeries[i].put, &mutant);
		assert_string_equal(verify(&mutant).message,
				    forgeries[i].message);
		assert_int_equal(verify(&mutant).verdict,
				 ENC_AUDIT_VERDICT_TAMPERED);
	}
	bundle_done(&bundle);
}

/* Whoever reseals after cutting states a count that the chain doesn't have. */
static void test_false_seal(void **state)
{
	static const char data[] = "{\"count\":4,\"outcome\":\"failed\"}";
	ENC_AUTO(buf) mutant = ENC_BUF(BUNDLE_MAX_BYTES);
	struct enc_sha256 *digest = enc_sha256_new();
	ENC_AUTO(buf) step = ENC_BUF(BUNDLE_MAX_BYTES);
	char hash[ENC_SHA256_HEX_BYTES];
	struct bundle bundle;

	(void)state;
	read_vector(&bundle);
	replace(&step, &bundle.bytes, "{\"count\":3,\"outcome\":\"failed\"}",
		data);
	enc_audit_hash_data(digest,
			    (struct enc_audit_piece){
				    "03030303030303030303030303030303", 32 },
			    (struct enc_audit_piece){ data, sizeof(data) - 1 },
			    hash);
	enc_sha256_free(digest);
	bundle_done(&bundle);
	bundle.bytes = step;
	split(&bundle);
	forge(&bundle, 3,
	      "b8658a55dbd83dfaadb16d5524df55aac3befe9aec510dcff583ee965feb8552",
	      hash, &mutant);
	expect(&mutant, ENC_AUDIT_VERDICT_TAMPERED, 4,
	       "line 4: the seal counts 4 events, there are 3");
}

/* Lines of two sessions don't mix, even with the same seq and length. */
static void test_splice(void **state)
{
	struct bundle one;
	struct bundle other;

	(void)state;
	make(&one, "s-0f9972a1b2-2", 6);
	make(&other, "s-0f9972a1b2-3", 6);
	for (size_t i = 0; i < one.count; i++) {
		ENC_AUTO(buf) mutant = ENC_BUF(BUNDLE_MAX_BYTES);
		ENC_AUTO(buf) tail = ENC_BUF(BUNDLE_MAX_BYTES);

		for (size_t k = 0; k < one.count; k++) {
			add_line(&mutant,
				 k == i ? other.lines[k] : one.lines[k]);
			add_line(&tail, k < i ? one.lines[k] : other.lines[k]);
		}
		assert_int_equal(verify(&mutant).verdict,
				 ENC_AUDIT_VERDICT_TAMPERED);
		assert_int_equal(verify(&tail).verdict,
				 i == 0 ? ENC_AUDIT_VERDICT_OK
					: ENC_AUDIT_VERDICT_TAMPERED);
	}
	bundle_done(&one);
	bundle_done(&other);
}

/* Any set of lines may be erased: the chain holds and says how many. */
static void test_erased(void **state)
{
	struct bundle bundle;

	(void)state;
	read_vector(&bundle);
	for (unsigned int set = 0; set < 8; set++) {
		ENC_AUTO(buf) mutant = ENC_BUF(BUNDLE_MAX_BYTES);
		struct enc_audit_report report;

		add_line(&mutant, bundle.lines[0]);
		for (size_t k = 1; k < bundle.count; k++) {
			if ((set >> (k - 1) & 1) == 0) {
				add_line(&mutant, bundle.lines[k]);
				continue;
			}
			assert_int_equal(
				enc_audit_line_erase(bundle.lines[k].text,
						     bundle.lines[k].length - 1,
						     &mutant, NULL),
				ENC_OK);
			assert_int_equal(enc_buf_append(&mutant, "\n", 1), 0);
		}
		report = verify(&mutant);
		assert_int_equal(report.verdict, ENC_AUDIT_VERDICT_OK);
		assert_int_equal(report.erased, __builtin_popcount(set));
		if (set == 7) {
			assert_string_equal(
				report.message,
				"3 events, sealed, 3 of them erased later");
		}
	}
	bundle_done(&bundle);
}

/* A line without end takes no memory without end. */
static void test_endless_line(void **state)
{
	struct enc_audit_verifier *v = enc_audit_verifier_new();
	struct enc_audit_report report;
	uint8_t piece[1000];

	(void)state;
	memset(piece, '{', sizeof(piece));
	enc_audit_verifier_feed(v, (const uint8_t *)"\"sid\":\"", 7);
	for (int i = 0; i < 100; i++) {
		enc_audit_verifier_feed(v, piece, sizeof(piece));
	}
	enc_audit_verifier_end(v, &report);
	enc_audit_verifier_free(v);
	assert_int_equal(report.verdict, ENC_AUDIT_VERDICT_TAMPERED);
	assert_string_equal(report.message,
			    "line 1 is longer than 16384 bytes");
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(enc_audit_verdict_name(ENC_AUDIT_VERDICT_OK), "ok");
	assert_string_equal(enc_audit_verdict_name(ENC_AUDIT_VERDICT_VERSION),
			    "unknown_version");
}

int main(void)
{
	const struct CMUnitTest suite[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_every_bit_of_the_vector),
		cmocka_unit_test(test_bits_of_64_kib),
		cmocka_unit_test(test_every_truncation),
		cmocka_unit_test(test_signed),
		cmocka_unit_test(test_lines_moved),
		cmocka_unit_test(test_orders),
		cmocka_unit_test(test_edits),
		cmocka_unit_test(test_forgeries),
		cmocka_unit_test(test_false_seal),
		cmocka_unit_test(test_splice),
		cmocka_unit_test(test_erased),
		cmocka_unit_test(test_endless_line),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("audit_verify", suite, NULL, NULL);
}
