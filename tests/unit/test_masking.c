/*
 * Output and result of a program while values are masked: frames go into the
 * gate's code and come out of it.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "masking.h"
#include "relay.h"

#define SECRET "1234567890abcdef"
#define STARS "****************"

enum { OUT_MAX = 1 << 22, LOG_MAX = 1 << 20 };

struct bench {
	struct enc_gate gate;
	struct enc_relay relay;
	int peer;
	struct enc_mask *mask;
	struct enc_buf log; /* what went on, as texts */
	uint64_t redacted[ENC_REDACTED_MAX];
};

static void ignore(uv_poll_t *poll, int status, int events)
{
	(void)poll;
	(void)status;
	(void)events;
}

static void note_redacted(void *context, uint32_t id, enum enc_redacted where,
			  uint64_t count)
{
	struct bench *bench = context;

	assert_int_equal(id, 5);
	bench->redacted[where] += count;
}

static int set_up(void **state)
{
	struct bench *bench = enc_xalloc(sizeof(*bench));
	int ends[2];

	assert_int_equal(uv_loop_init(&bench->gate.loop), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	bench->peer = ends[1];
	bench->gate.launched = true;
	bench->gate.masking = enc_masking_new(note_redacted, bench);
	bench->relay.gate = &bench->gate;
	bench->relay.output_bytes = LOG_MAX;
	bench->relay.stage = ENC_RUNNER_STARTED;
	bench->relay.result = ENC_BUF(ENC_FRAME_PAYLOAD_MAX_BYTES);
	enc_link_open(&bench->relay.control, &bench->gate, ends[0], OUT_MAX,
		      ignore);
	bench->log = ENC_BUF(LOG_MAX);
	bench->mask = enc_mask_new();
	assert_int_equal(enc_mask_add(bench->mask, 5,
				      (struct enc_text){ SECRET, 16 }),
			 0);
	enc_mask_seal(bench->mask);
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	uv_close((uv_handle_t *)&bench->relay.control.poll, NULL);
	(void)uv_run(&bench->gate.loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&bench->gate.loop), 0);
	close(bench->relay.control.fd);
	close(bench->peer);
	enc_link_stop(&bench->relay.control);
	enc_buf_done(&bench->relay.result);
	enc_buf_done(&bench->log);
	bench->gate.masking = enc_masking_free(bench->gate.masking);
	bench->mask = enc_mask_unref(bench->mask);
	free(bench);
	return 0;
}

static void say_bytes(struct bench *bench, enum enc_frame_type type,
		      uint8_t flags, const void *bytes, size_t length)
{
	const struct enc_frame frame = { .type = type,
					 .flags = flags,
					 .payload = bytes,
					 .payload_length = length };

	assert_int_equal(enc_runner_act(&bench->relay, &frame), 0);
}

static void say(struct bench *bench, enum enc_frame_type type, uint8_t flags,
		const char *text)
{
	say_bytes(bench, type, flags, text, strlen(text));
}

static void say_exit(struct bench *bench)
{
	const struct enc_message_exit ended = { .code = 0 };
	ENC_AUTO(buf) payload = ENC_BUF(64);

	assert_int_equal(enc_message_exit_write(&payload, &ended), 0);
	say_bytes(bench, ENC_FRAME_EXIT, 0, enc_buf_bytes(&payload),
		  payload.length);
}

/*
 * assert_passed() - check what has gone on: "out", "err" or another name, and
 * the bytes; "." is the flag END
 */
static void assert_passed(struct bench *bench, const char *expected)
{
	struct enc_buf *from = &bench->relay.control.out;

	enc_buf_clear(&bench->log);
	while (from->length > 0) {
		struct enc_frame frame;
		int taken = enc_frame_parse(ENC_FRAME_FROM_GATE_UP,
					    enc_buf_bytes(from), from->length,
					    &frame);
		bool err = (frame.flags & ENC_FRAME_F_STDERR) != 0;
		bool end = (frame.flags & ENC_FRAME_F_END) != 0;
		bool text = frame.type == ENC_FRAME_OUT ||
			    frame.type == ENC_FRAME_RESULT;

		assert_in_range(taken, ENC_FRAME_HEADER_BYTES, OUT_MAX);
		ENC_MUST(enc_buf_printf(&bench->log, "%s%s(%.*s)",
					err ? "err"
					    : enc_frame_name(frame.type),
					end ? "." : "",
					text ? (int)frame.payload_length : 0,
					(const char *)frame.payload));
		enc_buf_consume(from, (size_t)taken);
	}
	assert_int_equal(bench->log.length, strlen(expected));
	assert_memory_equal(enc_buf_bytes(&bench->log), expected,
			    strlen(expected));
}

/* Without a gate's masking, and without a mask, frames go on as they come. */
static void test_without_a_mask(void **state)
{
	struct bench *bench = *state;
	struct enc_masking *masking = bench->gate.masking;
	struct enc_mask *empty = enc_mask_new();

	enc_mask_seal(empty);
	for (int i = 0; i < 3; i++) {
		bench->gate.masking = i == 0 ? NULL : masking;
		if (i == 2) {
			enc_masking_use(masking, empty);
		}
		assert_false(enc_masking_active(bench->gate.masking));
		say(bench, ENC_FRAME_OUT, 0, "a " SECRET);
		say(bench, ENC_FRAME_OUT, ENC_FRAME_F_STDERR, "b");
		say(bench, ENC_FRAME_OUT, ENC_FRAME_F_END, "");
		assert_passed(bench, "out(a " SECRET ")err(b)out.()");
	}
	(void)enc_mask_unref(empty);
}

/* Lines go on at once, the rest with END or EXIT; no stream waits for another. */
static void test_streams(void **state)
{
	struct bench *bench = *state;

	enc_masking_use(bench->gate.masking, bench->mask);
	say(bench, ENC_FRAME_OUT, 0, "a\n1234567890");
	say(bench, ENC_FRAME_OUT, ENC_FRAME_F_STDERR, "b 1234567890");
	assert_passed(bench, "out(a\n)");
	say(bench, ENC_FRAME_OUT, 0, "abcdef\nc");
	say(bench, ENC_FRAME_OUT, ENC_FRAME_F_STDERR, "abcdef d");
	assert_passed(bench, "out(" STARS "\n)");
	say(bench, ENC_FRAME_OUT, ENC_FRAME_F_END, "");
	assert_passed(bench, "out.(c)");
	say(bench, ENC_FRAME_RESULT, 0, "1");
	say_exit(bench);
	assert_passed(bench, "err(b " STARS " d)result(1)exit()");
	assert_int_equal(bench->redacted[ENC_REDACTED_STDOUT], 1);
	assert_int_equal(bench->redacted[ENC_REDACTED_STDERR], 1);
	enc_runner_finish(&bench->relay);
	assert_passed(bench, "");
}

/* A sandbox that was killed says neither END nor EXIT. */
static void test_killed(void **state)
{
	struct bench *bench = *state;

	enc_masking_use(bench->gate.masking, bench->mask);
	bench->relay.output_bytes = 18;
	say(bench, ENC_FRAME_OUT, 0, "a ");
	say(bench, ENC_FRAME_OUT, 0, SECRET "beyond the limit");
	say(bench, ENC_FRAME_RESULT, 0, "\"" SECRET "\"");
	assert_passed(bench, "");
	assert_int_equal(bench->relay.kept[0], 18);
	assert_int_equal(bench->relay.dropped[0], 16);
	enc_runner_finish(&bench->relay);
	assert_passed(bench,
		      "out(a " STARS ")result(\"" STARS "\")truncated()");
	assert_int_equal(bench->redacted[ENC_REDACTED_RESULT], 1);
}

/* A frame and the held bytes can be more than a frame may have. */
static void test_long_frames(void **state)
{
	static char text[ENC_FRAME_OUT_BYTES];
	static char expected[3 * sizeof(text)];
	struct bench *bench = *state;

	enc_masking_use(bench->gate.masking, bench->mask);
	memset(text, 'x', sizeof(text));
	for (int i = 0; i < 2; i++) {
		say_bytes(bench, ENC_FRAME_OUT,
			  i == 1 ? ENC_FRAME_F_END | ENC_FRAME_F_STDERR
				 : ENC_FRAME_F_STDERR,
			  text, sizeof(text));
	}
	(void)snprintf(expected, sizeof(expected),
		       "err(%.*s)err(%.*s)err.(%.*s)",
		       ENC_FRAME_OUT_BYTES - 512, text, ENC_FRAME_OUT_BYTES,
		       text, 512, text);
	assert_passed(bench, expected);
}

/* Another mask finds what is held; without one nothing new is held. */
static void test_other_masks(void **state)
{
	struct bench *bench = *state;

	say(bench, ENC_FRAME_OUT, 0, SECRET);
	assert_passed(bench, "out(" SECRET ")");
	enc_masking_use(bench->gate.masking, bench->mask);
	say(bench, ENC_FRAME_OUT, 0, "1234567890abcde");
	enc_masking_use(bench->gate.masking, bench->mask);
	say(bench, ENC_FRAME_OUT, 0, "f");
	assert_passed(bench, "");
	enc_masking_use(bench->gate.masking, NULL);
	assert_true(enc_masking_active(bench->gate.masking));
	say(bench, ENC_FRAME_OUT, 0, SECRET);
	assert_passed(bench, "out(" STARS SECRET ")");
	say(bench, ENC_FRAME_RESULT, 0, "\"" SECRET "\"");
	say_exit(bench);
	assert_passed(bench, "result(\"" SECRET "\")exit()");
}

/* A result is masked in strings alone, and is JSON afterwards, or rejected. */
static const struct result_row {
	const char *result;
	const char *passed;
	uint64_t redacted;
} result_rows[] = {
	{ "[1234567890, \"" SECRET "\"]",
	  "result([1234567890, \"" STARS "\"])exit()", 1 },
	{ "{\"" SECRET "\":\"\\u0031234567890abcdef\"}",
	  "result({\"" STARS "\":\"*********************\"})exit()", 2 },
	{ "{\"31323334353637383930616263646566\":0,"
	  "\"MTIzNDU2Nzg5MGFiY2RlZg==\":0}",
	  "result({\"********************************\":0,"
	  "\"*********************g==\":0})exit()",
	  2 },
	{ "{\"x" SECRET "\":0,\"x****************\":0}", "rejected()exit()",
	  1 },
	{ "[\"" SECRET "]", "rejected()exit()", 0 },
};

static void test_results(void **state)
{
	struct bench *bench = *state;

	enc_masking_use(bench->gate.masking, bench->mask);
	for (size_t i = 0; i < ENC_COUNT(result_rows); i++) {
		const struct result_row *row = &result_rows[i];

		print_message("%s\n", row->result);
		bench->relay.stage = ENC_RUNNER_STARTED;
		bench->relay.rejected = 0;
		bench->redacted[ENC_REDACTED_RESULT] = 0;
		say(bench, ENC_FRAME_RESULT, 0, row->result);
		say_exit(bench);
		assert_passed(bench, row->passed);
		assert_int_equal(bench->redacted[ENC_REDACTED_RESULT],
				 row->redacted);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_without_a_mask), TEST(test_streams),
		TEST(test_killed),	   TEST(test_long_frames),
		TEST(test_other_masks),	   TEST(test_results),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
