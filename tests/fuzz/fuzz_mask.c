#include <string.h>

#include "fuzz.h"
#include "json.h"
#include "mask_internal.h"

enum { VALUE_MIN = ENC_MASK_VALUE_MIN_BYTES };

struct input {
	const uint8_t *text;
	size_t length;
	uint32_t steps; /* decides about the lengths of chunks */
};

struct simple {
	const uint8_t *text;
	size_t length;
	uint8_t *masked;
};

static void count_match(void *context, uint32_t id)
{
	unsigned int *count = context;

	ENC_ASSERT(id == 7);
	(*count)++;
}

/* mask_form() - the simplest search */
static int mask_form(void *context, const struct enc_mask_form *form)
{
	const struct simple *simple = context;

	for (size_t at = 0; at + form->length <= simple->length; at++) {
		if (memcmp(simple->text + at, form->bytes, form->length) == 0) {
			memset(simple->masked + at, '*', form->length);
		}
	}
	return 0;
}

/* feed_one() - mask some bytes of a stream, and append what goes on */
static void feed_one(struct enc_mask_stream *stream, const uint8_t *bytes,
		     size_t length, bool end, struct enc_buf *out)
{
	size_t held = enc_mask_held_bytes(stream);
	/* Just as large, so that a sanitizer sees what is beside it. */
	enc_autofree uint8_t *memory =
		enc_xalloc(held + length + (held + length == 0));
	struct enc_text text;

	memcpy(memory + held, bytes, length);
	text = enc_mask_feed(stream, memory + held, length, end);
	ENC_MUST(enc_buf_append(out, text.bytes, text.length));
}

/* feed() - mask the text in chunks. Return: how much came before the end */
static size_t feed(struct enc_mask *mask, const struct input *input,
		   unsigned int *count, struct enc_buf *out)
{
	struct enc_mask_stream stream;
	uint32_t random = input->steps;
	size_t done = 0;
	size_t before;

	enc_mask_stream_init(&stream, mask, count_match, count);
	while (done < input->length) {
		size_t step =
			random == 0 ? input->length : 1 + (random >> 16) % 700;

		step = ENC_MIN(step, input->length - done);
		random = random == 0 ? 0 : random * 1664525 + 1013904223;
		feed_one(&stream, input->text + done, step, false, out);
		done += step;
	}
	before = out->length;
	feed_one(&stream, input->text, 0, true, out);
	enc_mask_stream_done(&stream);
	return before;
}

/* check_json() - JSON stays JSON, but for names that have become equal */
static void check_json(struct enc_mask *mask, const struct input *input)
{
	enc_autofree uint8_t *copy = enc_xalloc(input->length);
	enum enc_json_fault fault;

	if (enc_json_check((const char *)input->text, input->length, NULL) !=
	    ENC_JSON_FINE) {
		return;
	}
	memcpy(copy, input->text, input->length);
	enc_mask_json(mask, copy, input->length, NULL, NULL);
	fault = enc_json_check((const char *)copy, input->length, NULL);
	ENC_ASSERT(fault == ENC_JSON_FINE || fault == ENC_JSON_DUPLICATE);
}

/* check() - chunks, the whole, and the simplest search agree */
static void check(struct enc_mask *mask, struct enc_text value,
		  struct input *input)
{
	ENC_AUTO(buf) whole = ENC_BUF(1 << 22);
	ENC_AUTO(buf) parts = ENC_BUF(1 << 22);
	enc_autofree uint8_t *copy = enc_xalloc(input->length);
	struct simple simple = { input->text, input->length, copy };
	unsigned int counts[3] = { 0 };
	size_t before = feed(mask, input, &counts[0], &parts);

	input->steps = 0;
	ENC_ASSERT(feed(mask, input, &counts[1], &whole) == before);
	memcpy(copy, input->text, input->length);
	ENC_MUST(enc_mask_forms(value, mask_form, &simple));
	ENC_ASSERT(whole.length == input->length);
	ENC_ASSERT(parts.length == input->length);
	ENC_ASSERT(memcmp(enc_buf_bytes(&whole), copy, input->length) == 0);
	ENC_ASSERT(memcmp(enc_buf_bytes(&parts), copy, input->length) == 0);
	memcpy(copy, input->text, input->length);
	enc_mask_in_place(mask, copy, input->length, count_match, &counts[2]);
	ENC_ASSERT(memcmp(enc_buf_bytes(&whole), copy, input->length) == 0);
	ENC_ASSERT(counts[0] == counts[1] && counts[1] == counts[2]);
}

/*
 * The first bytes: the length of the value, two for the lengths of chunks, the
 * value. The rest is the text.
 */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct enc_text value = { (const char *)bytes + 3, 0 };
	struct input input;
	struct enc_mask *mask;

	if (length < 3) {
		return 0;
	}
	value.length = VALUE_MIN + bytes[0] % 120;
	if (length < 3 + value.length) {
		return 0;
	}
	input.text = bytes + 3 + value.length;
	input.length = length - 3 - value.length;
	input.steps = 1 + ((uint32_t)bytes[1] << 8 | bytes[2]);
	mask = enc_mask_new();
	if (enc_mask_add(mask, 7, value) == 0) {
		enc_mask_seal(mask);
		check(mask, value, &input);
		check_json(mask, &input);
	}
	(void)enc_mask_unref(mask);
	return 0;
}
