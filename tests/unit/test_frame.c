#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "frame.h"

/* What enclave-init sends in its life, written by hand from the table. */
/* clang-format off */
static const uint8_t stream[] = {
	17, 0, 0, 0, 0, 0, 0, 0,			     /* STARTED */
	18, 3, 0, 0, 0, 0, 0, 3, 'h', 'i', '\n',	     /* OUT, stderr, end */
	21, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 7, 0, 0, 0, 0,     /* EXIT */
};
/* clang-format on */

/* feed() - pass the stream in pieces, write the frames anew, compare */
static void feed(size_t piece_length)
{
	ENC_AUTO(buf) in = ENC_BUF(64);
	ENC_AUTO(buf) out = ENC_BUF(64);

	for (size_t at = 0; at < sizeof(stream); at += piece_length) {
		struct enc_frame frame;
		int taken;

		assert_int_equal(enc_buf_append(&in, stream + at, piece_length),
				 0);
		while ((taken = enc_frame_parse(ENC_FRAME_FROM_INIT,
						enc_buf_bytes(&in), in.length,
						&frame)) > 0) {
			assert_int_equal(enc_frame_append(&out,
							  ENC_FRAME_FROM_INIT,
							  &frame),
					 0);
			enc_buf_consume(&in, (size_t)taken);
		}
		assert_int_equal(taken, 0);
	}
	assert_int_equal(in.length, 0);
	assert_int_equal(out.length, sizeof(stream));
	assert_memory_equal(enc_buf_bytes(&out), stream, sizeof(stream));
}

/* A stream may be cut anywhere, also inside of a header. */
static void test_whole_and_byte_by_byte(void **state)
{
	(void)state;
	feed(sizeof(stream));
	feed(1);
}

static const struct refusal {
	const char *why;
	int error;
	uint8_t header[ENC_FRAME_HEADER_BYTES];
} refusals[] = {
	{ "type 0", -EPROTO, { 0 } },
	{ "a hole in the numbers", -EPROTO, { 2 } },
	{ "past the last type", -EPROTO, { 200 } },
	{ "a type that only goes down", -EPROTO, { 1 } },
	{ "a type that only a gate sends", -EPROTO, { 48 } },
	{ "unknown flag", -EPROTO, { 18, 8 } },
	{ "flag of another type", -EPROTO, { 16, 1 } },
	{ "first reserved byte", -EPROTO, { 18, 0, 1, 0 } },
	{ "second reserved byte", -EPROTO, { 18, 0, 0, 1 } },
	{ "over the limit of its type",
	  -EMSGSIZE,
	  { 17, 0, 0, 0, 0, 0, 0, 1 } },
	{ "a piece of output over 32 KiB",
	  -EMSGSIZE,
	  { 18, 0, 0, 0, 0, 0, 128, 1 } },
	{ "a result over 1 MiB", -EMSGSIZE, { 19, 0, 0, 0, 0, 16, 0, 1 } },
	{ "length 0xffffffff", -EMSGSIZE, { 19, 0, 0, 0, 255, 255, 255, 255 } },
};

/* Eight bytes are enough to refuse; the frame is not written then. */
static void test_refused_by_header_alone(void **state)
{
	struct enc_frame frame = { 0 };

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(refusals); i++) {
		print_message("%s\n", refusals[i].why);
		assert_int_equal(enc_frame_parse(ENC_FRAME_FROM_INIT,
						 refusals[i].header,
						 ENC_FRAME_HEADER_BYTES,
						 &frame),
				 refusals[i].error);
		assert_int_equal(frame.type, ENC_FRAME_INVALID);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_and_byte_by_byte),
		cmocka_unit_test(test_refused_by_header_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
