/*
 * The log of a live session: how output is cut, what may be shown when, what
 * is submitted, and that readers get all of it from memory and store.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <uv.h>

#include "session_log.h"

struct bench {
	uv_loop_t loop;
	struct enc_store *store;
	struct enc_session_log log;
	int64_t now_ms;
	unsigned int refused;
};

static void on_durable(void *context, enum enc_code code,
		       const struct enc_error *err)
{
	struct bench *bench = context;

	(void)err;
	bench->refused += code != ENC_OK;
}

static void run(struct bench *bench)
{
	assert_int_equal(uv_run(&bench->loop, UV_RUN_DEFAULT), 0);
}

/* bench_open() - with a session in its store */
static void bench_open(struct bench *bench)
{
	const struct enc_store_options options = { .loop = &bench->loop };
	const struct enc_store_org org = { .base.type = &enc_store_orgs,
					   .id = "o-1",
					   .number = 1,
					   .name = "one" };
	const struct enc_store_session session = {
		.id = "s-1",
		.org = "o-1",
		.number = 1,
		.name = "",
		.phase = "pending",
		.outcome = "",
		.record = "{}",
		.genesis = "{}",
	};
	struct enc_store_change *change = enc_store_change_new();
	struct enc_error err = { 0 };

	*bench = (struct bench){ .now_ms = 1000 };
	assert_int_equal(uv_loop_init(&bench->loop), 0);
	assert_int_equal(enc_store_open(&enc_store_memory, &options,
					&bench->store, &err),
			 ENC_OK);
	enc_session_log_init(&bench->log);
	enc_store_insert(change, &org.base);
	enc_store_insert_session(change, &session);
	enc_store_submit(bench->store, change, on_durable, bench);
	run(bench);
}

static void bench_close(struct bench *bench)
{
	enc_session_log_done(&bench->log);
	enc_store_flush_and_free(bench->store);
	run(bench);
	assert_int_equal(uv_loop_close(&bench->loop), 0);
	assert_int_equal(bench->refused, 0);
}

/* submit() - all of it, to where it is durable; it isn't told yet */
static uint64_t submit(struct bench *bench)
{
	struct enc_store_change *change = enc_store_change_new();

	enc_session_log_submit(&bench->log, change, "s-1");
	enc_store_submit(bench->store, change, on_durable, bench);
	run(bench);
	return bench->log.submitted_seq;
}

static void put(struct bench *bench, enum enc_stream stream, const char *text)
{
	enc_session_log_output(&bench->log, stream, text, strlen(text),
			       bench->now_ms);
}

static void line(struct bench *bench, const char *text)
{
	enc_session_log_add_text(&bench->log, ENC_ENTRY_AUDIT, text,
				 bench->now_ms);
}

/* What a reader got: "o[text]", "e[text]" or "a[text]" of each entry. */
struct got {
	char text[512];
	uint64_t next;
	size_t count;
};

static bool take(void *context, const struct enc_store_entry *entry)
{
	static const char letters[ENC_ENTRY_MAX] = "?poeart";
	struct got *got = context;
	size_t length = strlen(got->text);

	assert_true(entry->seq >= got->next);
	got->next = entry->seq + 1;
	got->count++;
	if (length + entry->length + 8 < sizeof(got->text)) {
		(void)snprintf(got->text + length, sizeof(got->text) - length,
			       "%c[%.*s]", letters[entry->kind],
			       (int)entry->length, (const char *)entry->data);
	}
	return true;
}

/* read_rest() - as a reader does, page by page, until there is nothing */
static void read_rest(struct bench *bench, struct got *got)
{
	size_t before;

	do {
		const struct enc_store_page page = { .from_seq = got->next,
						     .max_bytes = 100 };

		before = got->count;
		assert_int_equal(enc_session_log_read(
					 &(struct enc_session_source){
						 &bench->log, bench->store,
						 "s-1" },
					 &page, take, got, NULL),
				 ENC_OK);
	} while (got->count > before);
}

static void assert_all(struct bench *bench, const char *text)
{
	struct got got = { 0 };

	read_rest(bench, &got);
	assert_string_equal(got.text, text);
}

/* Where the stream changes, where another entry comes, at a pause. */
static void test_cuts(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench);
	put(&bench, ENC_STREAM_STDOUT, "a");
	put(&bench, ENC_STREAM_STDOUT, "b");
	assert_all(&bench, "");
	put(&bench, ENC_STREAM_STDERR, "c");
	put(&bench, ENC_STREAM_STDOUT, "d");
	assert_all(&bench, "o[ab]e[c]");
	line(&bench, "l");
	put(&bench, ENC_STREAM_STDOUT, "e");
	bench.now_ms += 1000;
	put(&bench, ENC_STREAM_STDOUT, "f");
	enc_session_log_durable(&bench.log, submit(&bench));
	assert_all(&bench, "o[ab]e[c]o[d]a[l]o[e]");
	enc_session_log_end_output(&bench.log, bench.now_ms);
	assert_all(&bench, "o[ab]e[c]o[d]a[l]o[e]o[f]");
	bench_close(&bench);
}

/* A reader takes what is there, but not the start of a character. */
static void test_no_cut_in_a_character(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench);
	put(&bench, ENC_STREAM_STDOUT, "a\xe2");
	assert_true(enc_session_log_cut(&bench.log, bench.now_ms));
	assert_all(&bench, "o[a]");
	put(&bench, ENC_STREAM_STDERR, "x");
	put(&bench, ENC_STREAM_STDOUT, "\x82");
	assert_true(enc_session_log_cut(&bench.log, bench.now_ms));
	assert_all(&bench, "o[a]e[x]");
	put(&bench, ENC_STREAM_STDOUT, "\xac");
	put(&bench, ENC_STREAM_STDOUT, "\xff\xe2\x82");
	assert_true(enc_session_log_cut(&bench.log, bench.now_ms));
	assert_all(&bench, "o[a]e[x]o[\xe2\x82\xac\xff]");
	/* Bytes that no more will complete come with the end. */
	enc_session_log_end_output(&bench.log, bench.now_ms);
	assert_all(&bench, "o[a]e[x]o[\xe2\x82\xac\xff]o[\xe2\x82]");
	bench_close(&bench);
}

/* The limit of output cuts inside of a character: it is dropped. */
static void test_drop_partial(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench);
	put(&bench, ENC_STREAM_STDOUT, "a\xe2\x82");
	put(&bench, ENC_STREAM_STDERR, "b");
	assert_int_equal(enc_session_log_drop_partial(&bench.log,
						      ENC_STREAM_STDOUT),
			 2);
	assert_int_equal(enc_session_log_drop_partial(&bench.log,
						      ENC_STREAM_STDERR),
			 0);
	enc_session_log_end_output(&bench.log, bench.now_ms);
	assert_all(&bench, "o[a]e[b]");
	bench_close(&bench);
}

struct sum {
	uint8_t *bytes;
	size_t length;
	size_t entries;
};

static bool add_up(void *context, const struct enc_store_entry *entry)
{
	struct sum *sum = context;

	assert_true(entry->length > 0 &&
		    entry->length <= ENC_STORE_ENTRY_MAX_BYTES);
	memcpy(sum->bytes + sum->length, entry->data, entry->length);
	sum->length += entry->length;
	sum->entries++;
	return true;
}

/* Long output, in pieces of odd sizes: cut at the size, every byte is there. */
static void test_size(void **state)
{
	enum { BYTES = 1 << 20, STEP = 4099 };
	static const char euro[] = "\xe2\x82\xac";
	enc_autofree uint8_t *bytes = enc_xalloc(BYTES);
	struct sum sum = { .bytes = enc_xalloc(BYTES) };
	const struct enc_store_page all = { 0 };
	struct bench bench;

	(void)state;
	for (size_t i = 0; i < BYTES; i++) {
		bytes[i] = (uint8_t)euro[i % 3];
	}
	bench_open(&bench);
	for (size_t at = 0; at < BYTES; at += STEP) {
		enc_session_log_output(&bench.log, ENC_STREAM_STDOUT,
				       bytes + at,
				       ENC_MIN((size_t)STEP, BYTES - at),
				       bench.now_ms);
	}
	enc_session_log_end_output(&bench.log, bench.now_ms);
	assert_int_equal(enc_session_log_read(
				 &(struct enc_session_source){
					 &bench.log, bench.store, "s-1" },
				 &all, add_up, &sum, NULL),
			 ENC_OK);
	assert_int_equal(sum.length, BYTES);
	assert_memory_equal(sum.bytes, bytes, BYTES);
	/* 32,766 bytes are the most whole characters of three bytes. */
	assert_int_equal(sum.entries, BYTES / 32766 + 1);
	free(sum.bytes);
	bench_close(&bench);
}

/* A program that alternates forever doesn't make an entry of each byte. */
static void test_alternating(void **state)
{
	enum { TURNS = 100000 };
	struct bench bench;
	uint64_t before;

	(void)state;
	bench_open(&bench);
	for (size_t i = 0; i < TURNS; i++) {
		put(&bench, ENC_STREAM_STDOUT, "o");
		put(&bench, ENC_STREAM_STDERR, "e");
	}
	before = bench.log.last_seq;
	assert_in_range(before, ENC_SESSION_LOG_OUTPUT_MAX,
			ENC_SESSION_LOG_OUTPUT_MAX +
				2 * TURNS / ENC_STORE_ENTRY_MAX_BYTES + 2);
	/* A reader is told to come back, and then gets it. */
	assert_false(enc_session_log_cut(&bench.log, bench.now_ms));
	assert_int_equal(bench.log.last_seq, before);
	bench.now_ms += ENC_SESSION_LOG_PAUSE_MS;
	assert_true(enc_session_log_cut(&bench.log, bench.now_ms));
	assert_int_equal(bench.log.last_seq, before + 2);
	/* No other kind of entry cuts either. */
	put(&bench, ENC_STREAM_STDOUT, "o");
	line(&bench, "l");
	assert_int_equal(bench.log.last_seq, before + 3);
	enc_session_log_end_output(&bench.log, bench.now_ms);
	assert_int_equal(bench.log.last_seq, before + 4);
	bench_close(&bench);
}

/* Output is shown at once, all else and what is behind it once it is durable */
static void test_shown(void **state)
{
	struct bench bench;
	uint64_t seq;

	(void)state;
	bench_open(&bench);
	line(&bench, "1");
	put(&bench, ENC_STREAM_STDOUT, "a");
	assert_true(enc_session_log_cut(&bench.log, bench.now_ms));
	assert_all(&bench, "");
	seq = submit(&bench);
	assert_int_equal(seq, 2);
	/* Stored is not enough: the report may still be on its way. */
	assert_all(&bench, "");
	line(&bench, "2");
	put(&bench, ENC_STREAM_STDERR, "b");
	assert_true(enc_session_log_cut(&bench.log, bench.now_ms));
	enc_session_log_durable(&bench.log, seq);
	assert_all(&bench, "a[1]o[a]");
	enc_session_log_durable(&bench.log, submit(&bench));
	assert_all(&bench, "a[1]o[a]a[2]e[b]");
	put(&bench, ENC_STREAM_STDERR, "c");
	assert_true(enc_session_log_cut(&bench.log, bench.now_ms));
	assert_all(&bench, "a[1]o[a]a[2]e[b]e[c]");
	bench_close(&bench);
}

/* What the store refused is submitted again, and nothing twice. */
static void test_refused(void **state)
{
	struct enc_store_change *lost = enc_store_change_new();
	struct bench bench;

	(void)state;
	bench_open(&bench);
	line(&bench, "1");
	enc_session_log_durable(&bench.log, submit(&bench));
	line(&bench, "2");
	enc_session_log_submit(&bench.log, lost, "s-1");
	enc_store_change_free(lost);
	line(&bench, "3");
	enc_session_log_refused(&bench.log);
	assert_int_equal(bench.log.waiting_bytes, 2);
	enc_session_log_durable(&bench.log, submit(&bench));
	assert_all(&bench, "a[1]a[2]a[3]");
	bench_close(&bench);
}

/* Long output leaves memory once it is durable; readers get it all the same. */
static void test_memory(void **state)
{
	enum { PIECES = 400, PIECE = 10000 };
	enc_autofree uint8_t *all = enc_xalloc((size_t)PIECES * PIECE);
	struct sum sum = { .bytes = all };
	struct bench bench;
	char piece[PIECE];
	uint64_t next = 0;

	(void)state;
	bench_open(&bench);
	for (size_t i = 0; i < PIECES; i++) {
		memset(piece, 'a' + (int)(i % 26), sizeof(piece));
		enc_session_log_output(&bench.log, ENC_STREAM_STDOUT, piece,
				       sizeof(piece), bench.now_ms);
		if (enc_session_log_is_long(&bench.log)) {
			enc_session_log_durable(&bench.log, submit(&bench));
			assert_false(enc_session_log_is_long(&bench.log));
		}
		assert_true(bench.log.bytes < 2 * ENC_SESSION_LOG_SUBMIT_BYTES);
	}
	enc_session_log_end_output(&bench.log, bench.now_ms);
	/* From the store first, then from memory. */
	for (size_t before = SIZE_MAX; sum.length != before;) {
		struct enc_store_page page = { .from_seq = next,
					       .max_entries = 1 };

		before = sum.length;
		assert_int_equal(enc_session_log_read(
					 &(struct enc_session_source){
						 &bench.log, bench.store,
						 "s-1" },
					 &page, add_up, &sum, NULL),
				 ENC_OK);
		next = sum.entries + 1;
	}
	assert_int_equal(sum.length, (size_t)PIECES * PIECE);
	for (size_t i = 0; i < sum.length; i++) {
		assert_int_equal(all[i], 'a' + (int)(i / PIECE % 26));
	}
	bench_close(&bench);
}

/* A program is ahead by what isn't durable, submitted or not. */
static void test_ahead(void **state)
{
	enum { PIECE = 1 << 16 };
	enc_autofree char *piece = enc_xalloc(PIECE);
	struct bench bench;
	uint64_t seq;

	(void)state;
	bench_open(&bench);
	for (size_t n = 0; n < ENC_SESSION_LOG_UNSTORED_BYTES; n += PIECE) {
		assert_false(enc_session_log_is_ahead(&bench.log));
		enc_session_log_output(&bench.log, ENC_STREAM_STDOUT, piece,
				       PIECE, bench.now_ms);
	}
	assert_true(enc_session_log_is_ahead(&bench.log));
	seq = submit(&bench);
	assert_true(enc_session_log_is_ahead(&bench.log));
	enc_session_log_durable(&bench.log, seq - 1);
	assert_false(enc_session_log_is_ahead(&bench.log));
	assert_int_equal(bench.log.unstored_bytes, ENC_STORE_ENTRY_MAX_BYTES);
	enc_session_log_durable(&bench.log, seq);
	assert_int_equal(bench.log.unstored_bytes, 0);
	bench_close(&bench);
}

/* Each read begins at any number that there is. */
static void test_from_every_place(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench);
	for (int i = 0; i < 2000; i++) {
		char text[128];

		(void)snprintf(text, sizeof(text), "%0100d", i);
		line(&bench, text);
	}
	enc_session_log_durable(&bench.log, submit(&bench));
	assert_true(bench.log.bytes <= ENC_SESSION_LOG_KEPT_BYTES);
	for (uint64_t from = 0; from < 2005; from++) {
		const struct enc_store_page one = { .from_seq = from,
						    .max_entries = 1 };
		struct got got = { 0 };

		assert_int_equal(enc_session_log_read(
					 &(struct enc_session_source){
						 &bench.log, bench.store,
						 "s-1" },
					 &one, take, &got, NULL),
				 ENC_OK);
		assert_int_equal(got.count, from <= 2000);
		assert_true(got.count == 0 ||
			    got.next == (from == 0 ? 1 : from) + 1);
	}
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_no_cut_in_a_character),
		cmocka_unit_test(test_drop_partial),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_alternating),
		cmocka_unit_test(test_shown),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_ahead),
		cmocka_unit_test(test_from_every_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
